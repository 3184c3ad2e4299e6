import { sendRaw } from '@room-recordings/testing/raw-http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start, type EdgeProcess } from './edge-process.ts';

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
const running = new Map<string, EdgeProcess>();

async function startRuntime(runtime: (typeof RUNTIMES)[number] | 'workerd'): Promise<void> {
  const port = await findFreePort();
  const environment = {
    ...VARIABLES,
    PORT: String(port),
    ARCHIVE_PATH: join(folder, 'archive.db'),
    MEDIA_PATH: 'seed',
    // The Cache API of Deno stores its entries here, which otherwise outlive the process.
    DENO_DIR: join(folder, 'deno'),
  };
  const server: EdgeProcess = await start(getStartCommand(`start:${runtime}`), environment, 'listening on');
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

const VOLATILE_HEADERS = new Set([
  'age',
  'date',
  'x-request-id',
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
]);

/** Returns a response without the headers that depend on the time or the connection. */
async function fetchFrom(runtime: string, path: string, init: RequestInit) {
  const response = await fetch(`${origins.get(runtime)}${path}`, { redirect: 'manual', ...init });
  const body = Buffer.from(await response.arrayBuffer()).toString();
  const requestId = response.headers.get('X-Request-Id') ?? 'none';
  return {
    status: response.status,
    body: body.replaceAll(requestId, 'the request id'),
    headers: [...response.headers]
      .filter(([name]) => !VOLATILE_HEADERS.has(name))
      .map(([name, value]) => [name, value.replace(/ttl=\d+/, 'ttl=n')]),
  };
}

const LIST = `/v1/Rooms/${ROOM_SID}/Recordings`;
const TIMELINE = `/v1/Rooms/${ROOM_SID}/Timeline`;
const APP = { Origin: 'https://app.example.com' };

it.each(['capacitor://localhost', 'http://[::1]:3000'])(
  'every runtime allows the origin %s, with a header of ALLOWED_HEADERS',
  async (origin) => {
    const headers = { Origin: origin, 'Access-Control-Request-Method': 'GET' };
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const preflight = await fetch(`${origins.get(runtime)}${PATH}`, { method: 'OPTIONS', headers });
      expect(preflight.headers.get('Access-Control-Allow-Origin'), runtime).toBe(origin);
      expect(preflight.headers.get('Access-Control-Allow-Headers'), runtime).toContain(', x-app-version');
    }
  },
);

describe('workerd, Node, Bun and Deno send the same response', () => {
  it.each(SEED)('200 for $sid of $room_sid', async ({ sid, room_sid }) => {
    const path = `/v1/Rooms/${room_sid}/Recordings/${sid}`;
    const expected = await fetchFrom('workerd', path, {});
    expect(expected).toMatchObject({ status: 200 });
    for (const runtime of RUNTIMES) expect(await fetchFrom(runtime, path, {})).toEqual(expected);
  });

  it.each<{ name: string; status: number; path: string; init: RequestInit }>([
    { name: 'a recording for an allowed origin', status: 200, path: PATH, init: { headers: APP } },
    { name: 'HEAD of a recording', status: 200, path: PATH, init: { method: 'HEAD' } },
    {
      name: 'a recording that did not change',
      status: 304,
      path: PATH,
      init: { headers: { 'If-None-Match': '*' } },
    },
    {
      name: 'HEAD of a recording that did not change',
      status: 304,
      path: PATH,
      init: { method: 'HEAD', headers: { 'If-None-Match': '*' } },
    },
    { name: 'a failed If-Match', status: 412, path: PATH, init: { headers: { 'If-Match': '"x"' } } },
    {
      name: 'a missing recording',
      status: 404,
      path: `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`,
      init: { headers: APP },
    },
    {
      name: 'HEAD of a missing recording',
      status: 404,
      path: `/v1/Rooms/${ROOM_SID}/Recordings/RT${'0'.repeat(32)}`,
      init: { method: 'HEAD' },
    },
    { name: 'a malformed SID', status: 400, path: `${PATH}.json`, init: {} },
    { name: 'an invalid encoding', status: 400, path: '/v1/Rooms/%C0%AF/Recordings/%', init: {} },
    { name: 'dot segments', status: 404, path: `${PATH}/../../../../v1/Accounts`, init: {} },
    { name: 'another authority in the path', status: 404, path: `//evil.example${PATH}`, init: {} },
    { name: 'an unknown path', status: 404, path: '/nothing', init: {} },
    { name: 'DELETE', status: 405, path: PATH, init: { method: 'DELETE' } },
    { name: 'a method with a body', status: 405, path: PATH, init: { method: 'POST', body: '{"sid":"RT"}' } },
    { name: 'a long query', status: 414, path: `${PATH}?${'a'.repeat(2048)}`, init: {} },
    {
      name: 'a preflight',
      status: 204,
      path: PATH,
      init: { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    },
    {
      name: 'a preflight of an origin that is not allowed',
      status: 403,
      path: PATH,
      init: {
        method: 'OPTIONS',
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'GET' },
      },
    },
    { name: 'a list', status: 200, path: LIST, init: { headers: APP } },
    {
      name: 'a page of a filtered list',
      status: 200,
      path: `${LIST}?PageSize=2&DateCreatedAfter=2026-03-02T10:00:01%2B01:00`,
      init: {},
    },
    { name: 'HEAD of a list', status: 200, path: LIST, init: { method: 'HEAD' } },
    { name: 'an unknown room', status: 200, path: LIST.replace(/a{32}/, '9'.repeat(32)), init: {} },
    { name: 'a repeated parameter', status: 400, path: `${LIST}?PageSize=1&PageSize=2`, init: {} },
    { name: 'arabic digits', status: 400, path: `${LIST}?PageSize=%D9%A1%D9%A0`, init: {} },
    { name: 'a parameter after a semicolon', status: 400, path: `${LIST}?Status=failed;Page=1`, init: {} },
    { name: 'an escaped page token', status: 400, path: `${LIST}?PageToken=a%2526b`, init: {} },
    { name: 'a token of another source', status: 400, path: `${LIST}?PageToken=PAx`, init: {} },
    { name: 'a timeline', status: 200, path: TIMELINE, init: { headers: APP } },
    { name: 'HEAD of a timeline', status: 200, path: TIMELINE, init: { method: 'HEAD' } },
    { name: 'a timeline with a parameter', status: 400, path: `${TIMELINE}?Page=0`, init: {} },
    { name: 'the health check', status: 200, path: '/healthz', init: {} },
    { name: 'HEAD of the health check', status: 200, path: '/healthz', init: { method: 'HEAD' } },
    { name: 'the readiness check', status: 200, path: '/readyz', init: {} },
    { name: 'HEAD of the readiness check', status: 200, path: '/readyz', init: { method: 'HEAD' } },
    {
      name: 'the readiness check for an allowed origin',
      status: 200,
      path: '/readyz',
      init: { headers: APP },
    },
    {
      name: 'a preflight of the readiness check',
      status: 204,
      path: '/readyz',
      init: { method: 'OPTIONS', headers: { ...APP, 'Access-Control-Request-Method': 'GET' } },
    },
    { name: 'POST to the readiness check', status: 405, path: '/readyz', init: { method: 'POST' } },
    { name: 'the errors page', status: 200, path: '/errors', init: {} },
    { name: 'the OpenAPI document', status: 200, path: '/openapi.json', init: {} },
  ])('$status for $name', async ({ status, path, init }) => {
    const expected = await fetchFrom('workerd', path, init);
    expect(expected).toMatchObject({ status });
    for (const runtime of RUNTIMES) expect(await fetchFrom(runtime, path, init)).toEqual(expected);
  });

  it.each([
    { name: 'TRACE', lines: ['TRACE /healthz HTTP/1.1', 'Host: x'], status: 405 },
    { name: 'an invalid Host', lines: ['GET /healthz HTTP/1.1', 'Host: a b@c'], status: undefined },
    { name: 'an open bracket as Host', lines: ['GET /healthz HTTP/1.1', 'Host: [::'], status: undefined },
  ])('without internal details, and no runtime exits: $name', async ({ lines, status }) => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const response = await sendRaw(Number(new URL(origins.get(runtime) ?? '').port), lines);
      if (status !== undefined) expect(response, runtime).toContain(` ${status} `);
      expect(response, runtime).not.toMatch(/\bapp\.ts|"stack"|node:internal/);
      expect((await fetch(`${origins.get(runtime)}/healthz`)).status, runtime).toBe(200);
    }
  });

  it('to 200 simultaneous cache hits, each with a unique request id', async () => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      await fetchFrom(runtime, PATH, {});
      const expected = await fetchFrom(runtime, PATH, { headers: APP });
      const fetchHit = () => fetch(`${origins.get(runtime)}${PATH}`, { headers: APP });
      const responses = await Promise.all(Array.from({ length: 200 }, fetchHit));
      const ids = responses.map(({ headers }) => headers.get('X-Request-Id'));
      expect(new Set(ids).size, runtime).toBe(200);
      for (const { headers } of responses) {
        const stable = [...headers].filter(([name]) => !VOLATILE_HEADERS.has(name));
        const normalized = stable.map(([name, value]) => [name, value.replace(/ttl=\d+/, 'ttl=n')]);
        expect(normalized, runtime).toEqual(expected.headers);
      }
      for (const { body } of responses) await body?.cancel();
    }
  });

  it.each([
    { name: 'HEAD', init: { method: 'HEAD' } },
    { name: 'If-None-Match: *', init: { headers: { 'If-None-Match': '*' } } },
  ])('to $name with the Content-Length of GET or without Content-Length', async ({ init }) => {
    for (const runtime of ['workerd', ...RUNTIMES]) {
      const get = await fetch(`${origins.get(runtime)}${PATH}`);
      const { byteLength } = await get.arrayBuffer();
      const { headers } = await fetch(`${origins.get(runtime)}${PATH}`, init);
      expect([null, String(byteLength)], runtime).toContain(headers.get('Content-Length'));
    }
  });
});
