import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { findDeleted } from '../support/fake-source.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';

const UPPER_CASE_PATH = `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}`;

async function fetchEtag(edge: TestEdge): Promise<string> {
  const { headers } = await edge.request();
  return headers.get('ETag') ?? 'none';
}

describe('a GET of a recording', () => {
  it('returns the 17 documented attributes, with url and links of this edge', async () => {
    const response = await createTestEdge().request();
    const url = PUBLIC_URL + PATH;
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.json()).toEqual({ ...RECORDING, url, links: { media: `${url}/Media` } });
    expect(Object.keys(RECORDING)).toHaveLength(17);
  });

  it('returns url and links although the source omits them', async () => {
    const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, url: null, links: null }));
    const url = PUBLIC_URL + PATH;
    expect(await (await edge.request()).json()).toMatchObject({ url, links: { media: `${url}/Media` } });
  });

  it('folds upper-case SIDs to lower case for the source, the cache and the response', async () => {
    const { request, reads } = createTestEdge();
    const upper = await request(UPPER_CASE_PATH);
    const lower = await request();
    expect(reads).toEqual([{ roomSid: ROOM_SID, sid: SID }]);
    expect(await upper.text()).toBe(await lower.text());
  });

  it.each<{ name: string; headers: Readonly<Record<string, string>> }>([
    { name: 'an Accept that JSON does not satisfy', headers: { Accept: 'image/png' } },
    { name: 'a Range', headers: { Range: 'bytes=0-9' } },
    {
      name: 'the hosts of a proxy',
      headers: { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' },
    },
    { name: 'X-HTTP-Method-Override', headers: { 'X-HTTP-Method-Override': 'DELETE' } },
  ])('returns the same recording to a request with $name', async ({ headers }) => {
    const edge = createTestEdge();
    const plain = await edge.request();
    const response = await edge.request(PATH, { headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(await plain.text());
    expect(response.headers.get('ETag')).toBe(plain.headers.get('ETag'));
  });

  it('has a Content-Length in bytes if the body is not ASCII', async () => {
    const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, track_name: 'Mikrofon für Zoë 🎤' }));
    for (const method of ['GET', 'HEAD']) {
      const { headers } = await edge.request(PATH, { method });
      const body = await (await edge.request()).arrayBuffer();
      expect(headers.get('Content-Length')).toBe(String(body.byteLength));
    }
  });
});

describe('the ETag of a recording', () => {
  it('is weak and depends on the body only', async () => {
    const etag = await fetchEtag(createTestEdge());
    expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/);
    const configured = createTestEdge(undefined, { ALLOWED_ORIGINS: '*', LIFETIME_COMPLETED: '1/1/1' });
    expect(await fetchEtag(configured)).toBe(etag);
    const changed = createTestEdge(() => Promise.resolve({ ...RECORDING, size: 1 }));
    expect(await fetchEtag(changed)).not.toBe(etag);
  });

  it('gets a 304 with the headers of the 200 and without a body', async () => {
    const edge = createTestEdge();
    const full = await edge.request();
    const headers = { 'If-None-Match': full.headers.get('ETag') ?? '' };
    const response = await edge.request(PATH, { headers });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    for (const name of ['ETag', 'Cache-Control', 'Date', 'Vary', 'Access-Control-Expose-Headers']) {
      expect(response.headers.get(name)).toBe(full.headers.get(name));
    }
    expect(response.headers.get('Content-Type')).toBeNull();
  });

  it('in If-Match gets a 412 precondition_failed, because it is weak', async () => {
    const edge = createTestEdge();
    const response = await edge.request(PATH, { headers: { 'If-Match': await fetchEtag(edge) } });
    expect(response.status).toBe(412);
    expect(await response.json()).toMatchObject({ error: 'precondition_failed' });
  });
});

/** Headers that differ between two requests or connections. */
const VARYING_HEADERS = new Set(['x-request-id', 'content-length', 'connection', 'keep-alive']);

describe('a HEAD request', () => {
  it.each<{ name: string; path: string; headers?: Readonly<Record<string, string>>; status: number }>([
    { name: 'a recording', path: PATH, status: 200 },
    { name: 'an unchanged recording', path: PATH, headers: { 'If-None-Match': '*' }, status: 304 },
    { name: 'an invalid SID', path: `${PATH}.json`, status: 400 },
    { name: 'an unknown path', path: '/nothing', status: 404 },
    { name: '/healthz', path: '/healthz', status: 200 },
    { name: '/readyz', path: '/readyz', status: 200 },
  ])('for $name has the status and headers of a GET and no body', async ({ path, headers = {}, status }) => {
    const get = await createTestEdge().request(path, { headers });
    const head = await createTestEdge().request(path, { method: 'HEAD', headers });
    expect(head.status).toBe(status);
    expect(await head.text()).toBe('');
    const isStable = ([name]: readonly [string, string]) => !VARYING_HEADERS.has(name);
    expect([...head.headers].filter(isStable)).toEqual([...get.headers].filter(isStable));
    const { byteLength } = await get.arrayBuffer();
    expect([null, String(byteLength)]).toContain(head.headers.get('Content-Length'));
  });
});

describe('a request that is not a read of a recording', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'].map((method) => ({ method })))(
    'with the method $method gets a 405 with Allow and keeps the stored response',
    async ({ method }) => {
      const { request, reads } = createTestEdge();
      const response = await request(PATH, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS');
      expect(await response.json()).toMatchObject({ error: 'method_not_allowed' });
      expect(reads).toEqual([]);
      await request();
      await request(PATH, { method });
      expect((await request()).headers.get('Cache-Status')).toContain('hit');
    },
  );

  // The length of a URL counts PUBLIC_URL, too.
  const fillPath = (length: number) => `/${'a'.repeat(length - PUBLIC_URL.length - 1)}`;
  const fillQuery = (length: number) => `${PATH}?${'a'.repeat(length - 1)}`;

  it.each([
    { name: 'an invalid SID', path: `${PATH}.json`, status: 400, error: 'invalid_sid' },
    {
      name: 'a path whose dot segments leave the route',
      path: `${PATH}/../../../../v1/Accounts`,
      status: 404,
      error: 'not_found',
    },
    { name: 'an unknown path', path: '/v2', status: 404, error: 'not_found' },
    { name: 'a URL of 4,096 characters', path: fillPath(4096), status: 404, error: 'not_found' },
    { name: 'a URL of 4,097 characters', path: fillPath(4097), status: 414, error: 'uri_too_long' },
    { name: 'a query of 2,049 characters', path: fillQuery(2049), status: 414, error: 'uri_too_long' },
  ])('with $name gets a $status $error', async ({ path, status, error }) => {
    const { request, reads } = createTestEdge();
    const response = await request(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(await response.json()).toMatchObject({ error, status });
    expect(reads).toEqual([]);
  });

  it('a query of 2,048 characters is allowed', async () => {
    expect((await createTestEdge().request(fillQuery(2048))).status).toBe(200);
  });

  it('an invalid SID is rejected after an invalid method and before an invalid configuration', async () => {
    const { request } = createTestEdge(undefined, { ACCESS: '', RECORDINGS_SOURCE: '' });
    expect((await request(`${PATH}.json`, { method: 'POST' })).status).toBe(405);
    expect((await request(`${PATH}.json`)).status).toBe(400);
  });
});

describe('a recording that is not available', () => {
  it('gets a 404 with the error code of Twilio if it does not exist', async () => {
    const response = await createTestEdge(findNothing).request();
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: 'not_found', code: 20404 });
  });

  it('gets a 200 if the source still describes it as deleted', async () => {
    const edge = createTestEdge(() => Promise.resolve({ ...RECORDING, status: 'deleted' }));
    const response = await edge.request();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'deleted' });
  });

  it('gets a 410 if the source returns 410', async () => {
    const response = await createTestEdge(findDeleted).request();
    expect(response.status).toBe(410);
    expect(await response.json()).toMatchObject({ error: 'recording_deleted' });
  });
});

describe('every response', () => {
  it.each<{ name: string; path: string; init?: RequestInit }>([
    { name: 'a 200', path: PATH },
    { name: 'a 304', path: PATH, init: { headers: { 'If-None-Match': '*' } } },
    { name: 'a 400', path: `${PATH}.json` },
    { name: 'a 404', path: '/nothing' },
    { name: 'a 405', path: PATH, init: { method: 'POST' } },
    { name: 'a 412', path: PATH, init: { headers: { 'If-Match': '"x"' } } },
    { name: 'a 414', path: `/${'a'.repeat(4096)}` },
    { name: 'the 204 of an OPTIONS', path: PATH, init: { method: 'OPTIONS' } },
    { name: 'the 200 of /healthz', path: '/healthz' },
    { name: 'the 200 of /readyz', path: '/readyz' },
    { name: 'the 200 of /errors', path: '/errors' },
  ])('has Date, X-Request-Id, nosniff and Cache-Control: $name', async ({ path, init }) => {
    const edge = createTestEdge();
    await edge.request('/healthz');
    const { headers } = await edge.request(path, init);
    expect(headers.get('Date')).toBe(new Date(NOW).toUTCString());
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{8}-2$/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Cache-Control')).not.toBeNull();
  });
});
