import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import twilio from 'twilio';
import { pathOf, ROOM_SID } from '../load/recordings.ts';
import { serveEdge, type ServedEdge } from '../load/served.ts';
import { startLocalWorker } from '../scripts/local-worker.ts';
import { FIRST_PATH, seed, SEED } from '../scripts/seed.ts';
import { d1Database } from '../src/source/d1.ts';
import { migrate } from '../src/source/migrate.ts';
import { readMigrations } from '../src/source/migration-files.ts';
import { findFreePort } from '../test/process/running.ts';
import type { Contender } from './contender.ts';

const { AccessToken } = twilio.jwt;
const EDGE = resolve(import.meta.dirname, '..');

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
  if (!existsSync(join(EDGE, 'dist/cloudflare.js'))) {
    throw new Error('The Worker is not built: run "turbo run build" first.');
  }
  const port = await findFreePort();
  const state = mkdtempSync(join(tmpdir(), 'bench-worker-'));
  const worker = await startLocalWorker({
    host: '127.0.0.1',
    port,
    state,
    variables: {
      ...VARIABLES,
      RECORDINGS_SOURCE: 'archive',
      ACCESS: 'public',
      ALLOWED_ORIGINS: '*',
      PUBLIC_URL: `http://127.0.0.1:${port}`,
    },
    write() {},
  });
  const database = d1Database(worker.database);
  await migrate(database, readMigrations(join(EDGE, 'migrations')));
  await seed(database, SEED);
  return {
    name: 'edge on workerd',
    url: `http://127.0.0.1:${port}${FIRST_PATH}`,
    async stop() {
      await worker.stop();
      rmSync(state, { recursive: true, force: true });
    },
  };
}
