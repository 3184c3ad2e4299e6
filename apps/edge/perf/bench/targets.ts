import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import twilio from 'twilio';
import { toRecordingPath, ROOM_SID } from '../load/recordings.ts';
import { spawnEdge, type SpawnedEdge } from '../load/spawned-server.ts';
import { FIRST_PATH, seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { findFreePort, getStartCommand, start } from '../../test/process/edge-process.ts';
import type { BenchTarget } from './target.ts';

const { AccessToken } = twilio.jwt;

/** Responses stay fresh, and errors are logged as in production. */
const VARIABLES = { LOG_LEVEL: 'error', LIFETIME_COMPLETED: '86400/0/0' };

/** The path of the requested recording if Twilio is the source. */
export const TWILIO_PATH: string = toRecordingPath(1);

/** Starts the edge as a process, with a fake Twilio that baselines can call, too. */
export async function startEdgeProcess(
  runtime: 'node' | 'bun',
  variables: Readonly<Record<string, string>> = {},
): Promise<{ readonly edge: BenchTarget; readonly spawned: SpawnedEdge }> {
  const spawned = await spawnEdge(runtime, { ...VARIABLES, ...variables });
  const url = `http://127.0.0.1:${spawned.port}${TWILIO_PATH}`;
  return { edge: { name: `edge on ${spawned.version}`, url, stop: () => spawned.stop() }, spawned };
}

/** Starts the edge as a process that requires a Twilio token for the room. */
export async function startEdgeWithToken(runtime: 'node' | 'bun'): Promise<BenchTarget> {
  const [account, key, secret] = [`AC${'a'.repeat(32)}`, `SK${'b'.repeat(32)}`, 'secret'];
  const token = new AccessToken(account, key, secret, { identity: 'reader', ttl: 3600 });
  token.addGrant(new AccessToken.VideoGrant({ room: ROOM_SID }));
  const { edge } = await startEdgeProcess(runtime, {
    ACCESS: 'twilio-token',
    TWILIO_ACCOUNT_SID: account,
    TWILIO_API_KEY: key,
    TWILIO_API_SECRET: secret,
  });
  return { ...edge, name: `${edge.name}, with a token`, token: token.toJwt() };
}

/** Starts the built Worker in workerd, with an archive. */
export async function startEdgeWorker(): Promise<BenchTarget> {
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
  const worker = await start(getStartCommand('start:workerd'), environment, 'listening on');
  return {
    name: 'edge on workerd',
    url: `http://127.0.0.1:${port}${FIRST_PATH}`,
    async stop() {
      await worker.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
