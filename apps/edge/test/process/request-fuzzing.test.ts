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
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';
import { sendRequests, type Tally } from '@room-recordings/testing/request-flood';

/** Requests for each runtime; `pnpm test:long` sets 100,000. */
const RUNS = Number(process.env['FUZZ_RUNS'] ?? 5_000);
const TIMEOUT_MS = 120_000 + RUNS * 20;
const BATCH = 5_000;
const SEED = 20_260_302;

const CANARY = 'canary-5f3e9a';
/** The calls that Twilio may get: for a recording, for its media, and for a page of a room. */
const CALL =
  /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings(?:\?[\w&=.%-]+|\/RT[0-9a-f]{32}(?:\/Media\?Ttl=3600)?)$/;
const SECRETS = [CANARY, btoa(`SK1:${CANARY}`)];

const access = await createAccess();
const folder = mkdtempSync(join(tmpdir(), 'request-fuzzing-'));
const requestedUrls: string[] = [];
/** The distinct header lists of the requests for recordings. */
const receivedHeaders = new Set<string>();
let upstream: Server;

/** Starts a Twilio that has a recording for half of the SIDs and an error that echoes the request for the others. */
beforeAll(async () => {
  upstream = createServer(({ url = '', headers, rawHeaders }, response) => {
    requestedUrls.push(url);
    if (url === '/jwks.json') {
      response.setHeader('Content-Type', 'application/json').end(access.jwks);
      return;
    }
    // Names are case-insensitive, and only the recording's are in lower case.
    receivedHeaders.add(rawHeaders.map((part, at) => (at % 2 === 0 ? part.toLowerCase() : part)).join('\n'));
    const [path = ''] = url.split('?');
    if (path.endsWith('/Media')) {
      response.writeHead(302, { Location: `https://${CANARY}.example.com/` }).end();
      return;
    }
    if (path.endsWith('/Recordings')) {
      const page = `http://127.0.0.1${path}?PageSize=50&Page=0`;
      const meta = { page: 0, page_size: 50, key: 'recordings', url: page, first_page_url: page };
      // An empty list would count as a 404 in the limits of the account.
      const recordings = [{ ...RECORDING, room_sid: path.split('/')[3] }];
      const list = { recordings, meta: { ...meta, previous_page_url: null, next_page_url: null } };
      response.writeHead(200, { 'Content-Type': 'application/json', 'X-Echo': CANARY });
      response.end(JSON.stringify(list));
      return;
    }
    const [, , , room_sid, , sid = ''] = path.split('/');
    const exists = /[0-7]$/.test(sid);
    const echo = { code: 20404, message: headers.authorization, more_info: CANARY };
    response.writeHead(exists ? 200 : 404, { 'Content-Type': 'application/json', 'X-Echo': CANARY });
    response.end(JSON.stringify(exists ? { ...RECORDING, sid, room_sid } : echo));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** A running edge and its log. */
interface ListeningEdge {
  readonly port: number;
  text(): string;
  stop(): Promise<unknown>;
}

type Variables = Readonly<Record<string, string>>;

/** Returns the origin of a server. A server that listens on TCP has an address of this type. */
const getOrigin = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

const createVariables = (overrides: Variables): Variables => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  ALLOWED_ORIGINS: 'https://app.example.com',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: CANARY,
  TWILIO_BASE_URL: getOrigin(upstream),
  LOG_LEVEL: 'info',
  ...overrides,
});

const startProcess =
  (script: RuntimeScript) =>
  async (overrides: Variables): Promise<ListeningEdge> => {
    const port = await findFreePort();
    const environment = { ...createVariables(overrides), PORT: String(port), DENO_DIR: join(folder, 'deno') };
    return { ...(await start(getStartCommand(script), environment, 'listening on')), port };
  };

/** Draws requests in batches, so that a long run does not hold all of them in memory. */
function* drawBatches(count: number, credentials?: Credentials): Generator<Buffer> {
  for (let batch = 0; batch * BATCH < count; batch += 1) {
    yield* drawRawRequests(Math.min(BATCH, count - batch * BATCH), SEED + batch, credentials);
  }
}

/** Sends the requests, and asserts that the edge keeps running and that no response and no log entry contains a secret. */
async function sendMalformedRequests(
  edge: ListeningEdge,
  secrets: readonly string[],
  credentials?: Credentials,
): Promise<Tally> {
  requestedUrls.length = 0;
  receivedHeaders.clear();
  const tally = await sendRequests(edge.port, drawBatches(RUNS, credentials), secrets);
  const health = await fetch(`http://127.0.0.1:${edge.port}/healthz`);
  await edge.stop();
  expect(tally.invalid).toEqual([]);
  expect(health.status).toBe(200);
  expect(secrets.filter((secret) => edge.text().includes(secret))).toEqual([]);
  // The search for secrets needs responses with bodies.
  expect(tally.bodies).toBeGreaterThan(RUNS / 8);
  expect([...receivedHeaders], 'Twilio gets the same headers, whatever the client sends').toHaveLength(1);
  return tally;
}

const RUNTIMES = [
  { name: 'Node', startEdge: startProcess('start:node') },
  { name: 'Bun', startEdge: startProcess('start:bun') },
  { name: 'Deno', startEdge: startProcess('start:deno') },
  { name: 'workerd', startEdge: startProcess('start:workerd') },
] as const;

describe('generated malformed requests over a socket', () => {
  test.each(RUNTIMES)(
    'do not cause a 500, a leaked secret or an exit of $name, and reach Twilio only with two valid SIDs',
    async ({ startEdge }) => {
      const { statuses } = await sendMalformedRequests(await startEdge({}), SECRETS);
      expect(requestedUrls.filter((url) => !CALL.test(url))).toEqual([]);
      // Each of these statuses shows that requests have reached that part of the edge.
      for (const status of [200, 304, 400, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );

  test.each(RUNTIMES)(
    'do not make $name leak a part of a token or signed URL, and reach Twilio only for the granted room',
    async ({ startEdge }) => {
      const edge = await startEdge(access.variablesFor(getOrigin(upstream)));
      const { statuses } = await sendMalformedRequests(edge, access.secrets, access.credentials);
      const isAllowed = (url: string) =>
        url === '/jwks.json' || (CALL.test(url) && url.startsWith(`/v1/Rooms/${ROOM_SID}/`));
      expect(requestedUrls.filter((url) => !isAllowed(url))).toEqual([]);
      for (const status of [200, 400, 401, 403, 404, 405, 412, 414])
        expect(statuses.get(status), `${status}`).toBeGreaterThan(0);
    },
    TIMEOUT_MS,
  );
});
