import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { pathOf, ROOM_SID } from '../load/recordings.ts';
import { serveEdge, type ServedEdge } from '../load/spawned-server.ts';
import { FIRST_PATH, seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/adapters/open-source.ts';
import { commandOf, findFreePort, start } from '../../test/process/running.ts';
import type { Contender } from './target.ts';

const { AccessToken } = twilio.jwt;

/** What is asked for stays fresh; what fails is logged, as in production. */
const VARIABLES = { LOG_LEVEL: 'error', LIFETIME_COMPLETED: '86400/0/0' };

/** The path of the recording that is asked for, where Twilio is the source. */
export const TWILIO_PATH: string = pathOf(1);

/** The edge as a process, in front of a fake Twilio that peers may ask too. */
export async function startProcess(
  runtime: 'node' | 'bun',
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly edge: Contender; readonly served: ServedEdge }> {
  const served = await serveEdge(runtime, { ...VARIABLES, ...variables });
  const url = `http://127.0.0.1:${served.port}${TWILIO_PATH}`;
  return { edge: { name: `edge on ${served.version}`, url, stop: () => served.stop() }, served };
}

/** The edge as a process that lets in whoever has Twilio's own token for the room. */
export async function startGuarded(runtime: 'node' | 'bun'): Promise<Contender> {
  const [account, key, secret] = [`AC${'a'.repeat(32)}`, `SK${'b'.repeat(32)}`, 'secret'];
  const token = new AccessToken(account, key, secret, { identity: 'reader', ttl: 3600 });
  token.addGrant(new AccessToken.VideoGrant({ room: ROOM_SID }));
  const { edge } = await startProcess(runtime, {
    ACCESS: 'twilio-token',
    TWILIO_ACCOUNT_SID: account,
    TWILIO_API_KEY: key,
    TWILIO_API_SECRET: secret,
  });
  return { ...edge, name: `${edge.name}, with a token`, token: token.toJwt() };
}

/** The built Worker in workerd, with its archive. */
export async function startWorker(): Promise<Contender> {
  const port = await findFreePort();
  const folder = mkdtempSync(join(tmpdir(), 'bench-worker-'));
  const environment = {
    ...VARIABLES,
    RECORDINGS_SOURCE: 'archive',
    ACCESS: 'public',
    ALLOWED_ORIGINS: '*',
    PUBLIC_URL: `http://127.0.0.1:${port}`,
    ARCHIVE_PATH: join(folder, 'archive.db'),
    PORT: String(port),
  };
  const archive = await openArchive(environment.ARCHIVE_PATH);
  await seed(archive, SEED);
  archive.close();
  const worker = await start(commandOf('start:workerd'), environment, 'listening on');
  return {
    name: 'edge on workerd',
    url: `http://127.0.0.1:${port}${FIRST_PATH}`,
    async stop() {
      await worker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
