import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/adapters/open-source.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { sendRaw } from '@room-recordings/testing/raw-http';
import { commandOf, findFreePort, start, type Running } from './running.ts';

const RUNTIMES = ['node', 'bun', 'deno'] as const;

const VARIABLES = {
  RECORDINGS_SOURCE: 'archive',
  ACCESS: 'public',
  ALLOWED_ORIGINS: 'https://app.example.com, capacitor://localhost, http://[::1]:3000',
  ALLOWED_HEADERS: 'X-App-Version',
  PUBLIC_URL,
  LOG_LEVEL: 'silent',
};

const folder = mkdtempSync(join(tmpdir(), 'runtimes-'));
const origins = new Map<string, string>();
const running = new Map<string, Running>();

async function startRuntime(runtime: (typeof RUNTIMES)[number] | 'workerd'): Promise<void> {
  const port = await findFreePort();
  const environment = {
    ...VARIABLES,
    PORT: String(port),
    ARCHIVE_PATH: join(folder, 'archive.db'),
    // Where Deno's Cache API keeps what outlives the process.
    DENO_DIR: join(folder, 'deno'),
  };
  const server: Running = await start(commandOf(`start:${runtime}`), environment, 'listening on');
  running.set(runtime, server);
  origins.set(runtime, `http://127.0.0.1:${port}`);
}

beforeAll(async () => {
  const archive = await openArchive(join(folder, 'archive.db'));
  await seed(archive, SEED);
  archive.close();
  for (const runtime of ['workerd', ...RUNTIMES] as const) await startRuntime(runtime);
}, 60_000);

afterAll(async () => {
  await Promise.all([...running.values()].map((server) => server.stop()));
  rmSync(folder, { recursive: true });
});

const OF_THE_CONNECTION = new Set([
  'age',
  'date',
  'x-request-id',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** An answer as bytes, without what belongs to the moment or to the connection alone. */
async function ask(runtime: string, path: string, init: RequestInit) {
  const response = await fetch(`${origins.get(runtime)}${path}`, { redirect: 'manual', ...init });
  const body = Buffer.from(await response.arrayBuffer()).toString();
  const requestId = response.headers.get('X-Request-Id') ?? 'none';
  return {
    status: response.status,
    body: body.replaceAll(requestId, 'the request id'),
    headers: [...response.headers]
      .filter(([name]) => !OF_THE_CONNECTION.has(name))
      .map(([name, value]) => [name, value.replace(/ttl=\d+/, 'ttl=n')]),
  };
}

const APP = { Origin: 'https://app.example.com' };

it.each(['capacitor://localhost', 'http://[::1]:3000'])(
  'every runtime lets a page of %s read, with a header of ALLOWED_HEADERS',
  async (origin) => {
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'GET' };
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const preflight = await fetch(`${origins.get(runtime)}${PATH}`, { method: 'OPTIONS', headers });
      expect(preflight.headers.get('Access-Control-Allow-Origin'), runtime).toBe(origin);
      expect(preflight.headers.get('Access-Control-Allow-Headers'), runtime).toContain(', x-app-version');
    }
  },
);

describe('workerd, Node, Bun and Deno answer the same', () => {
  it.each(SEED)('200 for $sid of $room_sid', async ({ sid, room_sid }) => {
    const path = `/v1/Rooms/${room_sid}/Recordings/${sid}`;
    const expected = await ask('workerd', path, {});
    expect(expected).toMatchObject({ status: 200 });
    for (const runtime of RUNTIMES) expect(await ask(runtime, path, {})).toEqual(expected);
  });

  it.each<readonly [number, string, string, RequestInit]>([
    [200, 'a recording for a listed page', PATH, { headers: APP }],
    [200, 'HEAD of a recording', PATH, { method: 'HEAD' }],
    [304, 'a recording that did not change', PATH, { headers: { 'If-None-Match': '*' } }],
    [
      304,
      'HEAD of a recording that did not change',
      PATH,
      { method: 'HEAD', headers: { 'If-None-Match': '*' } },
    ],
    [412, 'a strong condition', PATH, { headers: { 'If-Match': '"x"' } }],
    [404, 'a missing recording', `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`, { headers: APP }],
    [
      404,
      'HEAD of a missing recording',
      `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`,
      { method: 'HEAD' },
    ],
    [400, 'a malformed SID', `${PATH}.json`, {}],
    [400, 'an encoding of nothing', '/v1/Rooms/%C0%AF/Recordings/%', {}],
    [404, 'a path that climbs out', `${PATH}/../../../../v1/Accounts`, {}],
    [404, 'another authority as a path', `//evil.example${PATH}`, {}],
    [404, 'an unknown path', '/nothing', {}],
    [405, 'a method that is not read', PATH, { method: 'DELETE' }],
    [405, 'a method with a body', PATH, { method: 'POST', body: '{"sid":"RT"}' }],
    [414, 'a long query', `${PATH}?${'a'.repeat(2048)}`, {}],
    [
      204,
      'a preflight',
      PATH,
      { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    ],
    [
      403,
      'a foreign preflight',
      PATH,
      {
        method: 'OPTIONS',
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' },
      },
    ],
    [200, 'the health check', '/healthz', {}],
    [200, 'HEAD of the health check', '/healthz', { method: 'HEAD' }],
    [200, 'the readiness check', '/readyz', {}],
    [200, 'HEAD of the readiness check', '/readyz', { method: 'HEAD' }],
    [200, 'the readiness check for a listed page', '/readyz', { headers: APP }],
    [
      204,
      'a preflight of the readiness check',
      '/readyz',
      { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    ],
    [405, 'another method than a read of the readiness check', '/readyz', { method: 'POST' }],
    [200, 'the page of errors', '/errors', {}],
  ])('%i for %s', async (status, _what, path, init) => {
    const expected = await ask('workerd', path, init);
    expect(expected).toMatchObject({ status });
    for (const runtime of RUNTIMES) expect(await ask(runtime, path, init)).toEqual(expected);
  });

  it.each([
    ['R15: TRACE', ['TRACE /healthz HTTP/1.1', 'Host: x'], 405],
    ['S14: a Host that is none', ['GET /healthz HTTP/1.1', 'Host: a b@c'], undefined],
    ['S14: an open bracket as Host', ['GET /healthz HTTP/1.1', 'Host: [::'], undefined],
  ])('%s stops no runtime and shows nothing of the inside', async (_what, lines, status) => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const answer = await sendRaw(Number(new URL(origins.get(runtime) ?? '').port), lines);
      if (status !== undefined) expect(answer, runtime).toContain(` ${status} `);
      expect(answer, runtime).not.toMatch(/\bapp\.ts|"stack"|node:internal/);
      expect((await fetch(`${origins.get(runtime)}/healthz`)).status, runtime).toBe(200);
    }
  });

  it('each of 200 hits at once has an id of its own, and no field of another', async () => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      await ask(runtime, PATH, {});
      const expected = await ask(runtime, PATH, { headers: APP });
      const fetchHit = () => fetch(`${origins.get(runtime)}${PATH}`, { headers: APP });
      const answers = await Promise.all(Array.from({ length: 200 }, fetchHit));
      const ids = answers.map(({ headers }) => headers.get('X-Request-Id'));
      expect(new Set(ids).size, runtime).toBe(200);
      for (const { headers } of answers) {
        const fields = [...headers].filter(([name]) => !OF_THE_CONNECTION.has(name));
        const alike = fields.map(([name, value]) => [name, value.replace(/ttl=\d+/, 'ttl=n')]);
        expect(alike, runtime).toEqual(expected.headers);
      }
      for (const { body } of answers) await body?.cancel();
    }
  });

  it.each([
    ['R12: HEAD', { method: 'HEAD' }],
    ['R09: a 304', { headers: { 'If-None-Match': '*' } }],
  ])('%s names the length of the 200 to GET or none', async (_what, init) => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const get = await fetch(`${origins.get(runtime)}${PATH}`);
      const { byteLength } = await get.arrayBuffer();
      const { headers } = await fetch(`${origins.get(runtime)}${PATH}`, init);
      expect([null, String(byteLength)], runtime).toContain(headers.get('Content-Length'));
    }
  });
});
