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
import { commandOf, findFreePort, start } from './running.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const SECRET = 'canary-5f3e9a';
const OURS = `authorization: Basic ${btoa(`SK1:${SECRET}`)}`;

const folder = mkdtempSync(join(tmpdir(), 'twilio-wire-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
const servers: Server[] = [];

/** A request, each of its fields on a line. */
interface Arrived {
  readonly path: string;
  readonly fields: readonly string[];
}

/** What came to Twilio, and what came to where its redirects lead. */
const asked: Arrived[] = [];
const followed: Arrived[] = [];

/** Listens on a port of the system's choice, notes what arrives, and gives the origin. */
async function listen(arrived: Arrived[], answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    const fields = Object.entries(request.headers).map(([name, value]) => `${name}: ${String(value)}`);
    arrived.push({ path: request.url ?? '', fields: fields.toSorted() });
    answer(request, response);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const sayRecording: RequestListener = ({ url = '' }, answer) => {
  const [, , , room_sid, , sid] = url.split('/');
  answer.setHeader('Content-Type', 'application/json');
  answer.end(JSON.stringify({ ...RECORDING, codec: 'opus', sid, room_sid }));
};

/** The path of a recording that Twilio describes; one whose SID begins with a status is redirected by it. */
const pathOf = (digits: string): string => `/v1/Rooms/${ROOM_SID}/Recordings/RT${digits.padEnd(32, '0')}`;

beforeAll(async () => {
  const elsewhere = await listen(followed, sayRecording);
  const twilio = await listen(asked, (request, answer) => {
    const status = Number(/\/RT(30\d)/.exec(request.url ?? '')?.[1] ?? 200);
    if (status === 200) sayRecording(request, answer);
    else answer.writeHead(status, { Location: `${elsewhere}${request.url}` }).end('{}');
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
  asked.length = 0;
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

/** What each runtime's fetch sends of its own, beside our two fields and Host. */
const OF_THE_RUNTIME = {
  node: ['accept-encoding', 'accept-language', 'connection', 'sec-fetch-mode', 'user-agent'],
  bun: ['accept-encoding', 'connection', 'user-agent'],
  deno: ['accept-encoding', 'accept-language', 'user-agent'],
  workerd: ['cf-worker', 'user-agent'],
} as const;

/** What clients and the proxies before them send, and what is none of Twilio's business. */
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

describe.each(RUNTIMES)('what reaches Twilio from %s', (runtime) => {
  const send = (path: string, fields: readonly string[] = []): Promise<string> =>
    sendRaw(ports.get(runtime) ?? 0, [`GET ${path} HTTP/1.1`, 'Host: client.example', ...fields]);

  it('S31: is exactly ours, whatever the client sends', async () => {
    const answers = [await send(pathOf('1')), await send(pathOf('2'), OF_A_CLIENT)];
    for (const answer of answers) expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const [plain, strange] = asked;
    expect(asked.map(({ path }) => path)).toEqual([pathOf('1'), pathOf('2')]);
    expect(strange?.fields).toEqual(plain?.fields);
    expect(strange?.fields).toContain(OURS);
    expect(strange?.fields).toContain(`user-agent: room-recordings/${manifest.version}`);
    const names = strange?.fields.map((field) => field.replace(/:.*/, '')).toSorted();
    expect(names).toEqual(['accept', 'authorization', 'host', ...OF_THE_RUNTIME[runtime]].toSorted());
  });

  it.each([301, 302, 303, 307, 308])(
    'S25: a redirect of %i is not followed, and where it leads learns nothing',
    async (status) => {
      const answer = await send(pathOf(String(status)));
      expect(answer).toMatch(/^HTTP\/1\.1 502 /);
      expect(answer).toContain('"error":"upstream_redirect"');
      expect(asked).toHaveLength(1);
      expect(asked[0]?.fields).toContain(OURS);
      expect(followed).toEqual([]);
    },
  );
});
