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
import { commandOf, findFreePort, start, type RuntimeScript } from './edge-process.ts';
import { sendRequests, type Tally } from '@room-recordings/testing/request-flood';

/** Requests for each runtime; `pnpm test:long` sets 100,000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const TIMEOUT_MS = 120_000 + RUNS * 20;
const BATCH = 5_000;
const SEED = 20_260_302;

const CANARY = 'canary-5f3e9a';
const RECORDING_PATH = /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings\/RT[0-9a-f]{32}$/;
const SECRETS = [CANARY, btoa(`SK1:${CANARY}`)];

const access = await createAccess();
const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
const requestedUrls: string[] = [];
/** The distinct header lists of the requests for recordings. */
const heard = new Set<string>();
let upstream: Server;

/** Responds with a recording for half of the SIDs, and with an error that echoes the request for the others. */
beforeAll(async () => {
  upstream = createServer(({ url = '', headers, rawHeaders }, response) => {
    requestedUrls.push(url);
    if (url === '/jwks.json') {
      response.setHeader('Content-Type', 'application/json').end(access.jwks);
      return;
    }
    heard.add(rawHeaders.join('\n'));
    const [, , , room_sid, , sid = ''] = url.split('/');
    const isGood = /[0-7]$/.test(sid);
    const echo = { code: 20404, message: headers.authorization, more_info: CANARY };
    response.writeHead(isGood ? 200 : 404, { 'Content-Type': 'application/json', 'X-Echo': CANARY });
    response.end(JSON.stringify(isGood ? { ...RECORDING, sid, room_sid } : echo));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** An edge that listens, and its log. */
interface Listening {
  readonly port: number;
  text(): string;
  stop(): Promise<unknown>;
}

type Variables = Readonly<Record<string, string>>;

/** Returns the origin of a server: one that listens on TCP has an address of this type. */
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

/** Draws requests in batches, so that a long run does not hold all of them in memory. */
function* drawBatches(count: number, credentials?: Credentials): Generator<Buffer> {
  for (let batch = 0; batch * BATCH < count; batch += 1) {
    yield* drawRawRequests(Math.min(BATCH, count - batch * BATCH), SEED + batch, credentials);
  }
}

/** Sends the requests to an edge, which must keep running; no response and no log entry may contain a secret. */
async function sendHostileRequests(
  edge: Listening,
  secrets: readonly string[],
  credentials?: Credentials,
): Promise<Tally> {
  requestedUrls.length = 0;
  heard.clear();
  const tally = await sendRequests(edge.port, drawBatches(RUNS, credentials), secrets);
  const health = await fetch(`http://127.0.0.1:${edge.port}/healthz`);
  await edge.stop();
  expect(tally.invalid).toEqual([]);
  expect(health.status).toBe(200);
  expect(secrets.filter((secret) => edge.text().includes(secret))).toEqual([]);
  // Without bodies, the search for secrets would prove little.
  expect(tally.bodies).toBeGreaterThan(RUNS / 8);
  expect([...heard], 'Twilio hears the same, whatever the client says').toHaveLength(1);
  return tally;
}

const RUNTIMES = [
  { name: 'Node', startEdge: startProcess('start:node') },
  { name: 'Bun', startEdge: startProcess('start:bun') },
  { name: 'Deno', startEdge: startProcess('start:deno') },
  { name: 'workerd', startEdge: startProcess('start:workerd') },
] as const;

describe('malformed requests over a socket', () => {
  test.each(RUNTIMES)(
    'get no 500 and no secret from $name, do not stop it, and reach Twilio only with two valid SIDs',
    async ({ startEdge }) => {
      const { statuses } = await sendHostileRequests(await startEdge({}), SECRETS);
      expect(requestedUrls.filter((url) => !RECORDING_PATH.test(url))).toEqual([]);
      // Each of these statuses shows that requests have reached that part of the edge.
      for (const status of [200, 304, 400, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test.each(RUNTIMES)(
    'get no part of a token or signed URL from $name, and reach Twilio only for the room of the token',
    async ({ startEdge }) => {
      const edge = await startEdge(access.variablesFor(addressOf(upstream)));
      const { statuses } = await sendHostileRequests(edge, access.secrets, access.credentials);
      const opened = new RegExp(`^(?:/jwks\\.json|/v1/Rooms/${ROOM_SID}/Recordings/RT[0-9a-f]{32})$`);
      expect(requestedUrls.filter((url) => !opened.test(url))).toEqual([]);
      for (const status of [200, 400, 401, 403, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
