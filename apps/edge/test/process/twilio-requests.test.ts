import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { RECORDING, ROOM_SID } from '../support/recording.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const SECRET = 'canary-5f3e9a';
const EDGE_AUTHORIZATION = `authorization: Basic ${btoa(`SK1:${SECRET}`)}`;

const folder = mkdtempSync(join(tmpdir(), 'twilio-requests-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
const servers: Server[] = [];

/** A request with its header lines. */
interface ReceivedRequest {
  readonly path: string;
  readonly headerLines: readonly string[];
}

/** The requests to Twilio, and the requests to the target of its redirects. */
const received: ReceivedRequest[] = [];
const redirected: ReceivedRequest[] = [];

/** Listens on a free port, records the requests, and returns the origin. */
async function listen(requests: ReceivedRequest[], handle: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    requests.push({ path: request.url ?? '', headerLines: fields.toSorted() });
    handle(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const respondWithRecording: RequestListener = ({ url = '' }, response) => {
  const [, , , room_sid, , sid] = url.split('/');
  response.setHeader('Content-Type', 'application/json');
  response.end(JSON.stringify({ ...RECORDING, codec: 'opus', sid, room_sid }));
};

/** Returns the path of a recording. Twilio redirects a SID that begins with a status. */
const createPath = (digits: string): string => `/v1/Rooms/${ROOM_SID}/Recordings/RT${digits.padEnd(32, '0')}`;

beforeAll(async () => {
  const redirectTarget = await listen(redirected, respondWithRecording);
  const twilio = await listen(received, (request, response) => {
    const status = Number(/\/RT(30\d)/.exec(request.url ?? '')?.[1] ?? 200);
    if (status === 200) respondWithRecording(request, response);
    else response.writeHead(status, { Location: `${redirectTarget}${request.url}` }).end('{}');
  });
  const variables = {
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    PUBLIC_URL: 'https://recordings.example.com',
    LOG_LEVEL: 'silent',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: SECRET,
    TWILIO_BASE_URL: twilio,
  };
  for (const runtime of RUNTIMES) {
    const port = await findFreePort();
    ports.set(runtime, port);
    const environment = { ...variables, PORT: String(port), DENO_DIR: join(folder, 'deno') };
    running.push(await start(getStartCommand(`start:${runtime}`), environment, 'listening on'));
  }
}, 60_000);

afterEach(() => {
  received.length = 0;
  redirected.length = 0;
});

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

/** The headers that the `fetch` of each runtime adds to Host and the headers of the edge. */
const RUNTIME_HEADERS = {
  node: ['accept-encoding', 'accept-language', 'connection', 'sec-fetch-mode', 'user-agent'],
  bun: ['accept-encoding', 'connection', 'user-agent'],
  deno: ['accept-encoding', 'accept-language', 'user-agent'],
  workerd: ['cf-worker', 'user-agent'],
} as const;

/** Headers of clients and proxies that the edge must not forward. */
const CLIENT_HEADERS = [
  'Authorization: Basic client',
  'Proxy-Authorization: Basic client',
  'Cookie: session=client',
  'Referer: https://client.example/',
  'Origin: https://client.example',
  'User-Agent: client',
  'Accept: text/client',
  'Accept-Language: client',
  'Accept-Encoding: client',
  'From: client',
  'Via: 1.1 client',
  'Forwarded: for=client',
  'X-Forwarded-For: client',
  'X-Forwarded-Host: client',
  'X-Forwarded-Proto: client',
  'X-Real-IP: client',
  'X-Twilio-Signature: client',
  'I-Twilio-Idempotency-Token: client',
  'CF-Connecting-IP: client',
  'Traceparent: client',
  'X-Request-Id: client',
  'If-None-Match: "client"',
  'If-Modified-Since: client',
  'Cache-Control: client',
  'Range: bytes=0-1',
];

describe.each(RUNTIMES)('a request to Twilio from %s', (runtime) => {
  const send = (path: string, fields: readonly string[] = []): Promise<string> =>
    sendRaw(ports.get(runtime) ?? 0, [`GET ${path} HTTP/1.1`, 'Host: client.example', ...fields]);

  it('has only the headers of the edge, whatever the client sends', async () => {
    const responses = [await send(createPath('1')), await send(createPath('2'), CLIENT_HEADERS)];
    for (const response of responses) expect(response).toMatch(/^HTTP\/1\.1 200 /);
    const [plain, withClientHeaders] = received;
    expect(received.map(({ path }) => path)).toEqual([createPath('1'), createPath('2')]);
    expect(withClientHeaders?.headerLines).toEqual(plain?.headerLines);
    expect(withClientHeaders?.headerLines).toContain(EDGE_AUTHORIZATION);
    expect(withClientHeaders?.headerLines).toContain(`user-agent: room-recordings/${manifest.version}`);
    const names = withClientHeaders?.headerLines.map((field) => field.replace(/:.*/, '')).toSorted();
    expect(names).toEqual(['accept', 'authorization', 'host', ...RUNTIME_HEADERS[runtime]].toSorted());
  });

  it.each([301, 302, 303, 307, 308])('is not repeated at the target of a %i redirect', async (status) => {
    const response = await send(createPath(String(status)));
    expect(response).toMatch(/^HTTP\/1\.1 502 /);
    expect(response).toContain('"error":"upstream_redirect"');
    expect(received).toHaveLength(1);
    expect(received[0]?.headerLines).toContain(EDGE_AUTHORIZATION);
    expect(redirected).toEqual([]);
  });
});
