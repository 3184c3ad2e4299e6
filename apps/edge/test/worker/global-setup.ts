import process from 'node:process';
import type { TestProject } from 'vitest/node';
import type { IssuerAddresses } from '../auth/issuer-cases.ts';
import { startIssuerServer } from '../auth/issuer-server.ts';
import { makeAuthority } from '../resilience/certificates.ts';
import { openSurroundings } from '../resilience/environment.ts';
import type { Addresses } from '../resilience/fault.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly addresses: Addresses;
    readonly issuers: IssuerAddresses;
    readonly fuzzRuns: number;
  }
}

/** Starts the servers that the tests in workerd call, in Node. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { addresses, stop } = await openSurroundings(await makeAuthority('Authority of the tests'));
  const { stop: stopIssuers, ...issuers } = await startIssuerServer();
  project.provide('addresses', addresses);
  project.provide('issuers', issuers);
  project.provide('fuzzRuns', Number(process.env['FUZZ_RUNS'] ?? 5_000));
  return async () => {
    stopIssuers();
    await stop();
  };
}
