import process from 'node:process';
import type { TestProject } from 'vitest/node';
import type { IssuerAddresses } from '../auth/issuer-cases.ts';
import { startIssuerServer } from '../auth/issuer-server.ts';
import { startMediaServers } from '../media/media-servers.ts';
import type { MediaServerAddresses } from '../media/source-cases.ts';
import { createAuthority } from '@room-recordings/testing/certificates';
import { startUpstreams, type UpstreamOrigins } from '@room-recordings/testing/upstreams';

declare module 'vitest' {
  interface ProvidedContext {
    readonly origins: UpstreamOrigins;
    readonly issuers: IssuerAddresses;
    readonly mediaServers: MediaServerAddresses;
    readonly fuzzRuns: number;
  }
}

/** Starts the servers that the tests in workerd call, in Node. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { origins, stop } = await startUpstreams(await createAuthority('Authority of the tests'));
  const { stop: stopIssuers, ...issuers } = await startIssuerServer();
  const mediaServers = await startMediaServers();
  project.provide('origins', origins);
  project.provide('mediaServers', mediaServers.addresses);
  project.provide('issuers', issuers);
  project.provide('fuzzRuns', Number(process.env['FUZZ_RUNS'] ?? 5_000));
  return async () => {
    stopIssuers();
    mediaServers.stop();
    await stop();
  };
}
