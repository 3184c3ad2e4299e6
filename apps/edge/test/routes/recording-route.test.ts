import { RecordingsError } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID, SID } from '../support/recording.ts';

const UPPER = `/v1/Rooms/RM${'A'.repeat(32)}/Recordings/RT${'A'.repeat(32)}`;

async function etagOf(edge: { request(): Promise<Response> }): Promise<string> {
  const { headers } = await edge.request();
  return headers.get('ETag') ?? 'none';
}

describe('GET of a recording', () => {
  it('answers the 17 attributes, with url and links that lead here', async () => {
    const response = await createTestEdge().request();
    const url = PUBLIC_URL + PATH;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ ...RECORDING, url, links: { media: `${url}/Media` } });
    expect(Object.keys(RECORDING)).toHaveLength(17);
  });

  it('R20, R22, R30: says what it is, how long it lives, when and which request', async () => {
    const { headers } = await createTestEdge().request();
    expect(headers.get('Content-Type')).toBe('application/json');
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Cache-Control')).toBe(
      'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600',
    );
    expect(headers.get('Date')).toBe(new Date(NOW).toUTCString());
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{8}-1$/);
  });

  it('links to itself also where the source left url and links out', async () => {
    const response = await createTestEdge(() =>
      Promise.resolve({ ...RECORDING, url: null, links: null }),
    ).request();
    const url = PUBLIC_URL + PATH;
    expect(await response.json()).toMatchObject({ url, links: { media: `${url}/Media` } });
  });

  it('S01: folds the digits of both SIDs, for the source, the cache and the answer', async () => {
    const { request, reads } = createTestEdge();
    const upper = await request(UPPER);
    const lower = await request();
    expect(reads).toEqual([{ roomSid: ROOM_SID, sid: SID }]);
    expect(await upper.text()).toBe(await lower.text());
  });

  it.each([
    ['R23: an Accept that JSON does not satisfy', { Accept: 'image/png' }],
    ['R18: a Range', { Range: 'bytes=0-9' }],
    ['R07: a date as a condition', { 'If-Modified-Since': 'Tue, 01 Jan 2030 00:00:00 GMT' }],
    ['R08: If-Match with any', { 'If-Match': '*' }],
    ['S14: hosts that proxies name', { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example' }],
    ['S15: another method by header', { 'X-HTTP-Method-Override': 'DELETE' }],
  ])('answers as ever to %s', async (_what, headers) => {
    const edge = createTestEdge();
    const plain = await edge.request();
    const response = await edge.request(PATH, { headers });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe(await plain.text());
    expect(response.headers.get('ETag')).toBe(plain.headers.get('ETag'));
  });

  it('R46, S17: ignores every query parameter', async () => {
    const { request } = createTestEdge();
    const [plain, asked] = await Promise.all([
      request(),
      request(`${PATH}?Status=completed;PageSize=1&utm_source=x`),
    ]);
    expect(await asked.text()).toBe(await plain.text());
  });
});

describe('ETag', () => {
  it('R01: is weak and made from the bytes alone', async () => {
    const etag = await etagOf(createTestEdge());
    expect(etag).toMatch(/^W\/"[0-9a-f]{32}"$/);
    expect(
      await etagOf(createTestEdge(undefined, { ALLOWED_ORIGINS: '*', LIFETIME_COMPLETED: '1/1/1' })),
    ).toBe(etag);
    expect(await etagOf(createTestEdge(() => Promise.resolve({ ...RECORDING, size: 1 })))).not.toBe(etag);
  });

  it('R02, R09: a match answers 304 with the headers of the 200 and no body', async () => {
    const edge = createTestEdge();
    const full = await edge.request();
    const response = await edge.request(PATH, {
      headers: { 'If-None-Match': full.headers.get('ETag') ?? '' },
    });
    expect(response.status).toBe(304);
    expect(await response.text()).toBe('');
    for (const name of ['ETag', 'Cache-Control', 'Date', 'Vary', 'Access-Control-Expose-Headers']) {
      expect(response.headers.get(name)).toBe(full.headers.get(name));
    }
    expect(response.headers.get('Content-Type')).toBeNull();
  });

  it('R08: If-Match compares strongly, so a weak ETag answers 412', async () => {
    const edge = createTestEdge();
    const response = await edge.request(PATH, { headers: { 'If-Match': await etagOf(edge) } });
    expect(response.status).toBe(412);
    expect(await response.json()).toMatchObject({ error: 'precondition_failed' });
  });

  it.each([
    ['If-None-Match', 404],
    ['If-Match', 404],
  ])('R04, R10: %s: * never changes an error', async (name, status) => {
    const response = await createTestEdge(findNothing).request(PATH, { headers: { [name]: '*' } });
    expect(response.status).toBe(status);
  });
});

/** What each request or connection has for itself. */
const OF_THE_MOMENT = new Set(['x-request-id', 'content-length', 'connection', 'keep-alive']);

describe('HEAD', () => {
  it.each([
    ['R12: a recording', PATH, {}, 200],
    ['R14: a recording that did not change', PATH, { 'If-None-Match': '*' }, 304],
    ['R58: a malformed SID', `${PATH}.json`, {}, 400],
    ['R58: nothing', '/nothing', {}, 404],
    ['the health check', '/healthz', {}, 200],
    ['the readiness check', '/readyz', {}, 200],
  ])('has the status and headers of GET and no body: %s', async (_what, path, headers, status) => {
    const get = await createTestEdge().request(path, { headers });
    const head = await createTestEdge().request(path, { method: 'HEAD', headers });
    expect(head.status).toBe(status);
    expect(await head.text()).toBe('');
    const ofBoth = ([name]: readonly [string, string]) => !OF_THE_MOMENT.has(name);
    expect([...head.headers].filter(ofBoth)).toEqual([...get.headers].filter(ofBoth));
    const { byteLength } = await get.arrayBuffer();
    expect([null, String(byteLength)]).toContain(head.headers.get('Content-Length'));
  });

  it('S18: leaves the body to a GET after it', async () => {
    const edge = createTestEdge();
    await edge.request(PATH, { method: 'HEAD' });
    const response = await edge.request();
    expect(await response.json()).toMatchObject({ sid: SID });
  });
});

describe('what is not read', () => {
  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])(
    'R15: %s answers 405 with Allow',
    async (method) => {
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

  it.each([
    ['S02: a malformed SID', `${PATH}.json`, 400, 'invalid_sid'],
    ['S03: a room’s name', `/v1/Rooms/daily/Recordings/${SID}`, 400, 'invalid_sid'],
    ['S07: a path that climbs out', `${PATH}/../../../../v1/Accounts`, 404, 'not_found'],
    ['S10: an unknown path', '/v2', 404, 'not_found'],
    ['S11: a URL of more than 4,096 characters', `/${'a'.repeat(4096)}`, 414, 'uri_too_long'],
    ['S11: a query of more than 2,048', `${PATH}?${'a'.repeat(2048)}`, 414, 'uri_too_long'],
  ])('%s answers an error and never reaches the source', async (_what, path, status, error) => {
    const { request, reads } = createTestEdge();
    const response = await request(path);
    expect(response.status).toBe(status);
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Cache-Status')).toBeNull();
    expect(await response.json()).toMatchObject({ error, status });
    expect(reads).toEqual([]);
  });

  it('R10: a malformed SID is judged after the method and before the settings', async () => {
    const unset = { ACCESS: '', RECORDINGS_SOURCE: '' };
    const [post, get] = await Promise.all([
      createTestEdge(undefined, unset).request(`${PATH}.json`, { method: 'POST' }),
      createTestEdge(undefined, unset).request(`${PATH}.json`),
    ]);
    expect([post.status, get.status]).toEqual([405, 400]);
  });
});

describe('a recording that is not there', () => {
  it('answers 404 that may be kept for a moment, with Twilio’s code', async () => {
    const response = await createTestEdge(findNothing).request();
    expect(response.status).toBe(404);
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=10');
    expect(await response.json()).toMatchObject({ error: 'not_found', code: 20404 });
  });

  it('S79: answers a deleted recording that is still described with 200', async () => {
    const response = await createTestEdge(() =>
      Promise.resolve({ ...RECORDING, status: 'deleted' }),
    ).request();
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: 'deleted' });
  });

  it('answers 410 where the source says that it is gone', async () => {
    const gone = new RecordingsError('deleted', 'Gone.', { status: 410 });
    const response = await createTestEdge(() => Promise.reject(gone)).request();
    expect(response.status).toBe(410);
    expect(response.headers.get('Cache-Control')).toBe('public, max-age=300');
    expect(await response.json()).toMatchObject({ error: 'recording_deleted' });
  });
});

describe('every answer', () => {
  it.each([
    ['200', PATH, {}],
    ['304', PATH, { headers: { 'If-None-Match': '*' } }],
    ['400', `${PATH}.json`, {}],
    ['404', '/nothing', {}],
    ['405', PATH, { method: 'POST' }],
    ['412', PATH, { headers: { 'If-Match': '"x"' } }],
    ['414', `/${'a'.repeat(4096)}`, {}],
    ['204 to OPTIONS', PATH, { method: 'OPTIONS' }],
    ['the health check', '/healthz', {}],
    ['the readiness check', '/readyz', {}],
    ['the page of errors', '/errors', {}],
  ])('R20, R22, R30: %s has a Date, a request id, nosniff and a Cache-Control', async (_what, path, init) => {
    const edge = createTestEdge();
    await edge.request('/healthz');
    const { headers } = await edge.request(path, init);
    expect(headers.get('Date')).toBe(new Date(NOW).toUTCString());
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f]{8}-2$/);
    expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
    expect(headers.get('Cache-Control')).not.toBeNull();
  });

  it.each([
    ['4,096 characters of URL', `/${'a'.repeat(4096 - PUBLIC_URL.length - 1)}`, 404],
    ['4,097 characters of URL', `/${'a'.repeat(4097 - PUBLIC_URL.length - 1)}`, 414],
    ['2,048 characters of query', `${PATH}?${'a'.repeat(2047)}`, 200],
    ['2,049 characters of query', `${PATH}?${'a'.repeat(2048)}`, 414],
  ])('S11: %s', async (_what, path, status) => {
    const response = await createTestEdge().request(path);
    expect(response.status).toBe(status);
  });
});
