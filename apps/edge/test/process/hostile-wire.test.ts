import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAccess, drawRawRequests, type Credentials } from '../fuzz/raw-requests.ts';
import { PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { commandOf, findFreePort, start, type RuntimeScript } from './running.ts';
import { sendRequests, type Tally } from '@room-recordings/testing/request-flood';

/** Requests for each runtime: more of them in `pnpm test:long`. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const LONGEST_RUN_MS = 120_000 + RUNS * 20;
const BATCH = 5_000;
const SEED = 20_260_302;

const CANARY = 'canary-5f3e9a';
const RECORDING_PATH = /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings\/RT[0-9a-f]{32}$/;
const SECRETS = [CANARY, btoa(`SK1:${CANARY}`)];

const access = await createAccess();
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const asked: string[] = [];
/** The fields of each request for a recording; those that are the same count once. */
const heard = new Set<string>();
let upstream: Server;

/** A recording for one half of the SIDs; for the other an error that repeats what it was sent. */
beforeAll(async () => {
  upstream = createServer(({ url = '', headers, rawHeaders }, answer) => {
    asked.push(url);
    if (url === '/jwks.json') {
      answer.setHeader('Content-Type', 'application/json').end(access.jwks);
      return;
    }
    heard.add(rawHeaders.join('\n'));
    const [, , , room_sid, , sid = ''] = url.split('/');
    const isGood = /[0-7]$/.test(sid);
    const echo = { code: 20404, message: headers.authorization, more_info: CANARY };
    answer.writeHead(isGood ? 200 : 404, { 'Content-Type': 'application/json', 'X-Echo': CANARY });
    answer.end(JSON.stringify(isGood ? { ...RECORDING, sid, room_sid } : echo));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** An edge that listens, and all that it has logged. */
interface Listening {
  readonly port: number;
  text(): string;
  stop(): Promise<unknown>;
}

type Variables = Readonly<Record<string, string>>;

/** A server that listens on TCP has an address of this kind. */
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const variablesOf = (more: Variables): Variables => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  ALLOWED_ORIGINS: 'https://app.example.com',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: CANARY,
  TWILIO_BASE_URL: addressOf(upstream),
  LOG_LEVEL: 'info',
  ...more,
});

const startProcess =
  (script: RuntimeScript) =>
  async (more: Variables): Promise<Listening> => {
    const port = await findFreePort();
    const environment = { ...variablesOf(more), PORT: String(port), DENO_DIR: join(folder, 'deno') };
    return { ...(await start(commandOf(script), environment, 'listening on')), port };
  };

/** Drawn as they are needed, so that a long run does not hold them all. */
function* drawBatches(count: number, credentials?: Credentials): Generator<Buffer> {
  for (let batch = 0; batch * BATCH < count; batch += 1) {
    yield* drawRawRequests(Math.min(BATCH, count - batch * BATCH), SEED + batch, credentials);
  }
}

/** Sends all that is drawn to an edge: it has to live on, and neither an answer nor its log may hold a secret. */
async function besiege(
  edge: Listening,
  secrets: readonly string[],
  credentials?: Credentials,
): Promise<Tally> {
  asked.length = 0;
  heard.clear();
  const tally = await sendRequests(edge.port, drawBatches(RUNS, credentials), secrets);
  const health = await fetch(`http://127.0.0.1:${edge.port}/healthz`);
  await edge.stop();
  expect(tally.invalid).toEqual([]);
  expect(health.status).toBe(200);
  expect(secrets.filter((secret) => edge.text().includes(secret))).toEqual([]);
  // Else nobody would have looked for secrets where most of them would be.
  expect(tally.bodies).toBeGreaterThan(RUNS / 8);
  expect([...heard], 'Twilio hears the same, whatever the client says').toHaveLength(1);
  return tally;
}

const RUNTIMES = [
  ['Node', startProcess('start:node')],
  ['Bun', startProcess('start:bun')],
  ['Deno', startProcess('start:deno')],
  ['workerd', startProcess('start:workerd')],
] as const;

describe('bytes that are sent to be hostile', () => {
  test.each(RUNTIMES)(
    'S26, S30, S31, S72: get no 500 from %s, stop nothing, show no secret and reach Twilio for two SIDs alone',
    async (_runtime, startEdge) => {
      const { statuses } = await besiege(await startEdge({}), SECRETS);
      expect(asked.filter((url) => !RECORDING_PATH.test(url))).toEqual([]);
      // Else nothing of this had come as far as the edge.
      for (const status of [200, 304, 400, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    LONGEST_RUN_MS,
  );

  test.each(RUNTIMES)(
    'S30, S31, S76, S77: show nothing of tokens and signed URLs on %s, and reach Twilio for the room they open alone',
    async (_runtime, startEdge) => {
      const edge = await startEdge(access.variablesFor(addressOf(upstream)));
      const { statuses } = await besiege(edge, access.secrets, access.credentials);
      const opened = new RegExp(`^(?:/jwks\\.json|/v1/Rooms/${ROOM_SID}/Recordings/RT[0-9a-f]{32})$`);
      expect(asked.filter((url) => !opened.test(url))).toEqual([]);
      for (const status of [200, 400, 401, 403, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    LONGEST_RUN_MS,
  );
});
