import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH } from '../support/recording.ts';
import { askWith, outcome } from './asking.ts';
import { jwt, JWT_ACCESS, makeKey, TWILIO_ACCESS, twilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const OTHER_PATH = PATH.replace(/RT.*/, `RT${'b'.repeat(32)}`);
const PAGES = { ...TWILIO_ACCESS, ALLOWED_ORIGINS: 'https://app.example.com' };
const PAGE = { Origin: 'https://app.example.com' };
const authorized = () => ({ Authorization: `Bearer ${twilioToken()}` });

/** One way to each kind of answer, and what its Cache-Control is. */
const ANSWERS: readonly (readonly [string, string, () => Promise<Response>])[] = [
  [
    'a recording',
    'private, max-age=300',
    () => createTestEdge(undefined, PAGES).request(PATH, { headers: authorized() }),
  ],
  [
    'a recording from the cache',
    'private, max-age=300',
    async () => {
      const { request } = createTestEdge(undefined, PAGES);
      await request(PATH, { headers: authorized() });
      return request(PATH, { headers: authorized() });
    },
  ],
  [
    'a 304',
    'private, max-age=300',
    () =>
      createTestEdge(undefined, PAGES).request(PATH, { headers: { ...authorized(), 'If-None-Match': '*' } }),
  ],
  [
    'a 404',
    'private, max-age=10',
    () => createTestEdge(findNothing, PAGES).request(PATH, { headers: authorized() }),
  ],
  ['a 401', 'private, no-store', () => createTestEdge(undefined, PAGES).request(PATH)],
  [
    'a 403',
    'private, no-store',
    () => askWith(createTestEdge(undefined, PAGES), twilioToken({ room: OTHER_ROOM })),
  ],
  ['a 405', 'private, no-store', () => createTestEdge(undefined, PAGES).request(PATH, { method: 'POST' })],
  ['a 400', 'private, no-store', () => createTestEdge(undefined, PAGES).request(`${PATH}.json`)],
  [
    'a 502',
    'private, no-store',
    () =>
      createTestEdge(() => Promise.reject(new Error('down')), PAGES).request(PATH, { headers: authorized() }),
  ],
  [
    'a preflight',
    'private, no-store',
    () =>
      createTestEdge(undefined, PAGES).request(PATH, {
        method: 'OPTIONS',
        headers: { ...PAGE, 'Access-Control-Request-Method': 'GET' },
      }),
  ],
  ['the health check', 'private, no-store', () => createTestEdge(undefined, PAGES).request('/healthz')],
  ['the page of errors', 'private, max-age=3600', () => createTestEdge(undefined, PAGES).request('/errors')],
];

describe('what may be kept, where not everyone may read', () => {
  it.each(ANSWERS)('R33, R35, R54, S78: of %s says %s', async (_what, cacheControl, answer) => {
    const { headers } = await answer();
    expect(headers.get('Cache-Control')).toBe(cacheControl);
    expect(headers.get('Vary')).toBe('Origin, Authorization');
    expect(headers.get('CDN-Cache-Control')).toBe('no-store');
    expect(headers.get('Set-Cookie')).toBeNull();
  });

  it('R34: varies by the configured header too, which a page may send', async () => {
    const variables = { ...JWT_ACCESS, ALLOWED_ORIGINS: '*', JWT_HEADER: 'X-Session' };
    const { headers } = await createTestEdge(undefined, variables).request();
    expect(headers.get('Vary')).toBe('Authorization, x-session');
    expect(headers.get('Access-Control-Allow-Headers')?.split(', ')).toContain('x-session');
    const usual = await createTestEdge(undefined, { ...JWT_ACCESS, JWT_HEADER: 'authorization' }).request();
    expect(usual.headers.get('Vary')).toBe('Origin, Authorization');
    const requestable = usual.headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(', ');
    expect(requestable?.filter((name) => name === 'authorization')).toHaveLength(1);
  });

  it('S78: of a header that a proxy may make of a cookie, lets the browser keep nothing without asking', async () => {
    const key = await makeKey('ES256', 'ec');
    const variables = { ...JWT_ACCESS, JWT_HEADER: 'Cf-Access-Jwt-Assertion' };
    const { request } = createTestEdge(undefined, variables, {
      fetch: async () => Response.json({ keys: [key.jwk] }),
    });
    const headers = { 'Cf-Access-Jwt-Assertion': await jwt(key) };
    const first = await request(PATH, { headers });
    const etag = first.headers.get('ETag') ?? '';
    const again = await request(PATH, { headers: { ...headers, 'If-None-Match': etag } });
    expect([first.status, again.status]).toEqual([200, 304]);
    for (const answer of [first, again])
      expect(answer.headers.get('Cache-Control')).toBe('private, no-cache');
    expect((await request(PATH)).headers.get('Cache-Control')).toBe('private, no-store');
  });

  it.each(['*', 'https://app.example.com'])('C15: says nothing of timing to %s', async (origins) => {
    const variables = { ...TWILIO_ACCESS, ALLOWED_ORIGINS: origins };
    const { headers } = await createTestEdge(undefined, variables).request(PATH, {
      headers: { ...authorized(), ...PAGE },
    });
    expect(headers.get('Access-Control-Allow-Origin')).toBe(origins);
    expect(headers.get('Timing-Allow-Origin')).toBeNull();
  });

  it('C04: a preflight needs no token', async () => {
    const edge = createTestEdge(undefined, PAGES);
    const response = await edge.request(PATH, {
      method: 'OPTIONS',
      headers: { ...PAGE, 'Access-Control-Request-Method': 'GET' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(PAGE.Origin);
    expect(edge.reads).toEqual([]);
  });

  it('C10, R26: a page can read a 401, which says how to sign in', async () => {
    const { status, headers } = await createTestEdge(undefined, PAGES).request(PATH, { headers: PAGE });
    expect(status).toBe(401);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE.Origin);
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="room-recordings"');
  });

  it('R26: a token that was presented and refused is called invalid', async () => {
    for (const token of [twilioToken({ secret: 'x' }), twilioToken({ ttl: -1 }), 'x']) {
      const { status, headers } = await askWith(createTestEdge(undefined, PAGES), token);
      expect(status).toBe(401);
      expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="room-recordings", error="invalid_token"');
    }
    const forbidden = await askWith(createTestEdge(undefined, PAGES), twilioToken({ room: OTHER_ROOM }));
    expect(forbidden.headers.get('WWW-Authenticate')).toBeNull();
  });

  it('changes nothing where everyone may read', async () => {
    const { headers } = await createTestEdge(undefined, { ALLOWED_ORIGINS: '*' }).request();
    expect(headers.get('Cache-Control')).toContain('public, max-age=300');
    expect(headers.get('Vary')).toBeNull();
    expect(headers.get('CDN-Cache-Control')).toBeNull();
    expect(headers.get('Referrer-Policy')).toBeNull();
    expect(headers.get('Timing-Allow-Origin')).toBe('*');
  });
});

describe('the order of decisions', () => {
  it('S76: a hit is refused like a miss', async () => {
    let now = NOW;
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { now: () => now });
    const short = twilioToken({ ttl: 60 });
    expect((await askWith(edge, short)).status).toBe(200);
    expect(await outcome(await edge.request())).toBe('401 token_missing');
    expect(await outcome(await askWith(edge, twilioToken({ room: OTHER_ROOM })))).toBe('403 forbidden');
    now += 60_000;
    expect(await outcome(await askWith(edge, short))).toBe('401 token_expired');
    expect((await askWith(edge, twilioToken())).headers.get('Cache-Status')).toContain('hit');
    expect(edge.reads).toHaveLength(1);
  });

  it('S76, R10: a condition does not open what a token does not', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    await askWith(edge, twilioToken());
    for (const headers of [{ 'If-None-Match': '*' }, { 'If-Match': '"x"' }]) {
      expect(await outcome(await edge.request(PATH, { headers }))).toBe('401 token_missing');
    }
  });

  it.each([
    ['no token', {}],
    ['an invalid token', { Authorization: 'Bearer x' }],
    ['an expired token', { Authorization: `Bearer ${twilioToken({ ttl: -1 })}` }],
    ['a token of another room', { Authorization: `Bearer ${twilioToken({ room: OTHER_ROOM })}` }],
  ])('S77: to %s an existing recording and none look alike, and nothing is asked', async (_what, headers) => {
    const stored = createTestEdge(undefined, TWILIO_ACCESS);
    await askWith(stored, twilioToken());
    const tell = async (edge: typeof stored, path: string) => {
      const response = await edge.request(path, { headers });
      const id = response.headers.get('X-Request-Id') ?? '';
      const text = (await response.text()).replaceAll(id, '');
      const fields = [...response.headers].filter(([name]) => name !== 'x-request-id');
      return { status: response.status, text, fields };
    };
    const missing = createTestEdge(findNothing, TWILIO_ACCESS);
    const failing = createTestEdge(() => Promise.reject(new Error('down')), TWILIO_ACCESS);
    const one = await tell(stored, PATH);
    expect(one.status).toBeGreaterThanOrEqual(401);
    expect(await tell(stored, OTHER_PATH)).toEqual(one);
    expect(await tell(missing, PATH)).toEqual(one);
    expect(await tell(failing, PATH)).toEqual(one);
    expect([stored.reads, missing.reads, failing.reads].map(({ length }) => length)).toEqual([1, 0, 0]);
  });

  it('S78: what one reader is given is not given to the next one', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const first = await askWith(edge, twilioToken());
    const second = await edge.request(PATH);
    expect([first.status, second.status]).toEqual([200, 401]);
    expect(await second.text()).not.toContain('OPUS');
  });

  it('is path, method, SID, access: each is told before the next one', async () => {
    const { request } = createTestEdge(undefined, TWILIO_ACCESS);
    expect(await outcome(await request('/v1/Rooms'))).toBe('404 not_found');
    expect(await outcome(await request(PATH, { method: 'POST' }))).toBe('405 method_not_allowed');
    expect(await outcome(await request(`${PATH}x`))).toBe('400 invalid_sid');
    expect(await outcome(await request(PATH))).toBe('401 token_missing');
    expect((await request('/healthz')).status).toBe(200);
  });

  it('counts who asks too often before it looks at a token', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RATE_LIMIT: '1/60' });
    expect(await outcome(await edge.request())).toBe('401 token_missing');
    const response = await askWith(edge, twilioToken());
    expect(response.headers.get('Cache-Control')).toBe('private, no-store');
    expect(await outcome(response)).toBe('429 rate_limited');
  });

  it('says misconfigured before anyone’s token is looked at', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RECORDINGS_SOURCE: '' });
    expect(await outcome(await askWith(edge, twilioToken()))).toBe('503 misconfigured');
  });

  it('S30: logs no token', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const token = twilioToken();
    await askWith(edge, token);
    await askWith(edge, `${token}x`);
    const log = JSON.stringify(edge.logEntries);
    for (const part of token.split('.')) expect(log).not.toContain(part);
    expect(log).not.toContain(TWILIO_ACCESS['TWILIO_API_SECRET']);
  });
});
