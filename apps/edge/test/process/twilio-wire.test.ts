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
import { commandOf, findFreePort, start } from './edge-process.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const SECRET = 'canary-5f3e9a';
const OURS = `authorization: Basic ${btoa(`SK1:${SECRET}`)}`;

const folder = mkdtempSync(join(tmpdir(), 'twilio-wire-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
const servers: Server[] = [];

/** A request with its header lines. */
interface Arrived {
  readonly path: string;
  readonly fields: readonly string[];
}

/** The requests to Twilio, and those to the target of its redirects. */
const received: Arrived[] = [];
const followed: Arrived[] = [];

/** Listens on a free port, records the requests, and returns the origin. */
async function listen(arrived: Arrived[], handle: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    arrived.push({ path: request.url ?? '', fields: fields.toSorted() });
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
const pathOf = (digits: string): string => `/v1/Rooms/${ROOM_SID}/Recordings/RT${digits.padEnd(32, '0')}`;

beforeAll(async () => {
  const elsewhere = await listen(followed, respondWithRecording);
  const twilio = await listen(received, (request, response) => {
    const status = Number(/\/RT(30\d)/.exec(request.url ?? '')?.[1] ?? 200);
    if (status === 200) respondWithRecording(request, response);
    else response.writeHead(status, { Location: `${elsewhere}${request.url}` }).end('{}');
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
    running.push(await start(commandOf(`start:${runtime}`), environment, 'listening on'));
  }
}, 60_000);

afterEach(() => {
  received.length = 0;
  followed.length = 0;
});

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true });
});

/** The headers that the `fetch` of each runtime adds to those of the edge and Host. */
const OF_THE_RUNTIME = {
  node: ['accept-encoding', 'accept-language', 'connection', 'sec-fetch-mode', 'user-agent'],
  bun: ['accept-encoding', 'connection', 'user-agent'],
  deno: ['accept-encoding', 'accept-language', 'user-agent'],
  workerd: ['cf-worker', 'user-agent'],
} as const;

/** Headers of clients and proxies, which the edge must not forward. */
const OF_A_CLIENT = [
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

describe.each(RUNTIMES)('a call to Twilio from %s', (runtime) => {
  const send = (path: string, fields: readonly string[] = []): Promise<string> =>
    sendRaw(ports.get(runtime) ?? 0, [`GET ${path} HTTP/1.1`, 'Host: client.example', ...fields]);

  it('has only the headers of the edge, whatever the client sends', async () => {
    const responses = [await send(pathOf('1')), await send(pathOf('2'), OF_A_CLIENT)];
    for (const response of responses) expect(response).toMatch(/^HTTP\/1\.1 200 /);
    const [plain, withClientHeaders] = received;
    expect(received.map(({ path }) => path)).toEqual([pathOf('1'), pathOf('2')]);
    expect(withClientHeaders?.fields).toEqual(plain?.fields);
    expect(withClientHeaders?.fields).toContain(OURS);
    expect(withClientHeaders?.fields).toContain(`user-agent: room-recordings/${manifest.version}`);
    const names = withClientHeaders?.fields.map((field) => field.replace(/:.*/, '')).toSorted();
    expect(names).toEqual(['accept', 'authorization', 'host', ...OF_THE_RUNTIME[runtime]].toSorted());
  });

  it.each([301, 302, 303, 307, 308])(
    'does not follow a redirect with %i, so its target gets no request',
    async (status) => {
      const response = await send(pathOf(String(status)));
      expect(response).toMatch(/^HTTP\/1\.1 502 /);
      expect(response).toContain('"error":"upstream_redirect"');
      expect(received).toHaveLength(1);
      expect(received[0]?.fields).toContain(OURS);
      expect(followed).toEqual([]);
    },
  );
});
