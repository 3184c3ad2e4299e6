import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { findNothing, PATH } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { sendToken } from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';
import { signJwt, JWT_ACCESS, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
const OTHER_PATH = PATH.replace(/RT.*/, `RT${'b'.repeat(32)}`);
const PAGES = { ...TWILIO_ACCESS, ALLOWED_ORIGINS: 'https://app.example.com' };
const PAGE = { Origin: 'https://app.example.com' };
const authorized = () => ({ Authorization: `Bearer ${createTwilioToken()}` });

/** A request for each kind of response, and its Cache-Control. */
const RESPONSES: readonly { name: string; cacheControl: string; send: () => Promise<Response> }[] = [
  {
    name: 'a recording',
    cacheControl: 'private, max-age=300',
    send: () => createTestEdge(undefined, PAGES).request(PATH, { headers: authorized() }),
  },
  {
    name: 'a recording from the cache',
    cacheControl: 'private, max-age=300',
    send: async () => {
      const { request } = createTestEdge(undefined, PAGES);
      await request(PATH, { headers: authorized() });
      return request(PATH, { headers: authorized() });
    },
  },
  {
    name: 'a 304',
    cacheControl: 'private, max-age=300',
    send: () =>
      createTestEdge(undefined, PAGES).request(PATH, { headers: { ...authorized(), 'If-None-Match': '*' } }),
  },
  {
    name: 'a 404',
    cacheControl: 'private, max-age=10',
    send: () => createTestEdge(findNothing, PAGES).request(PATH, { headers: authorized() }),
  },
  {
    name: 'a 401',
    cacheControl: 'private, no-store',
    send: () => createTestEdge(undefined, PAGES).request(PATH),
  },
  {
    name: 'a 403',
    cacheControl: 'private, no-store',
    send: () => sendToken(createTestEdge(undefined, PAGES), createTwilioToken({ room: OTHER_ROOM })),
  },
  {
    name: 'a 405',
    cacheControl: 'private, no-store',
    send: () => createTestEdge(undefined, PAGES).request(PATH, { method: 'POST' }),
  },
  {
    name: 'a 400',
    cacheControl: 'private, no-store',
    send: () => createTestEdge(undefined, PAGES).request(`${PATH}.json`),
  },
  {
    name: 'a 502',
    cacheControl: 'private, no-store',
    send: () =>
      createTestEdge(() => Promise.reject(new Error('down')), PAGES).request(PATH, { headers: authorized() }),
  },
  {
    name: 'a preflight',
    cacheControl: 'private, no-store',
    send: () =>
      createTestEdge(undefined, PAGES).request(PATH, {
        method: 'OPTIONS',
        headers: { ...PAGE, 'Access-Control-Request-Method': 'GET' },
      }),
  },
  {
    name: 'the health check',
    cacheControl: 'private, no-store',
    send: () => createTestEdge(undefined, PAGES).request('/healthz'),
  },
  {
    name: 'the page of errors',
    cacheControl: 'private, max-age=3600',
    send: () => createTestEdge(undefined, PAGES).request('/errors'),
  },
];

describe('the cache headers with authentication', () => {
  it.each(RESPONSES)(
    '$name has Cache-Control: $cacheControl, and no shared cache stores it',
    async ({ cacheControl, send }) => {
      const { headers } = await send();
      expect(headers.get('Cache-Control')).toBe(cacheControl);
      expect(headers.get('Vary')).toBe('Origin, Authorization');
      expect(headers.get('CDN-Cache-Control')).toBe('no-store');
      expect(headers.get('Set-Cookie')).toBeNull();
    },
  );

  it('Vary and Access-Control-Allow-Headers contain the header of JWT_HEADER', async () => {
    const variables = { ...JWT_ACCESS, ALLOWED_ORIGINS: '*', JWT_HEADER: 'X-Session' };
    const { headers } = await createTestEdge(undefined, variables).request();
    expect(headers.get('Vary')).toBe('Authorization, x-session');
    expect(headers.get('Access-Control-Allow-Headers')?.split(', ')).toContain('x-session');
    const standard = await createTestEdge(undefined, {
      ...JWT_ACCESS,
      JWT_HEADER: 'authorization',
    }).request();
    expect(standard.headers.get('Vary')).toBe('Origin, Authorization');
    const requestable = standard.headers.get('Access-Control-Allow-Headers')?.toLowerCase().split(', ');
    expect(requestable?.filter((name) => name === 'authorization')).toHaveLength(1);
  });

  it('with a JWT_HEADER other than Authorization, Cache-Control is private, no-cache, because a proxy may derive it from a cookie', async () => {
    const key = await createIssuerKey('ES256', 'ec');
    const variables = { ...JWT_ACCESS, JWT_HEADER: 'Cf-Access-Jwt-Assertion' };
    const { request } = createTestEdge(undefined, variables, {
      fetch: async () => Response.json({ keys: [key.jwk] }),
    });
    const headers = { 'Cf-Access-Jwt-Assertion': await signJwt(key) };
    const first = await request(PATH, { headers });
    const etag = first.headers.get('ETag') ?? '';
    const again = await request(PATH, { headers: { ...headers, 'If-None-Match': etag } });
    expect([first.status, again.status]).toEqual([200, 304]);
    for (const response of [first, again])
      expect(response.headers.get('Cache-Control')).toBe('private, no-cache');
    expect((await request(PATH)).headers.get('Cache-Control')).toBe('private, no-store');
  });

  it.each(['*', 'https://app.example.com'])(
    'Timing-Allow-Origin is absent with ALLOWED_ORIGINS=%s',
    async (origins) => {
      const variables = { ...TWILIO_ACCESS, ALLOWED_ORIGINS: origins };
      const { headers } = await createTestEdge(undefined, variables).request(PATH, {
        headers: { ...authorized(), ...PAGE },
      });
      expect(headers.get('Access-Control-Allow-Origin')).toBe(origins);
      expect(headers.get('Timing-Allow-Origin')).toBeNull();
    },
  );

  it('a preflight needs no token and causes no read', async () => {
    const edge = createTestEdge(undefined, PAGES);
    const response = await edge.request(PATH, {
      method: 'OPTIONS',
      headers: { ...PAGE, 'Access-Control-Request-Method': 'GET' },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(PAGE.Origin);
    expect(edge.reads).toEqual([]);
  });

  it('a page can read a 401, which has WWW-Authenticate: Bearer', async () => {
    const { status, headers } = await createTestEdge(undefined, PAGES).request(PATH, { headers: PAGE });
    expect(status).toBe(401);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(PAGE.Origin);
    expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="room-recordings"');
  });

  it('the WWW-Authenticate of a rejected token has error="invalid_token", and a 403 has none', async () => {
    for (const token of [createTwilioToken({ secret: 'x' }), createTwilioToken({ ttl: -1 }), 'x']) {
      const { status, headers } = await sendToken(createTestEdge(undefined, PAGES), token);
      expect(status).toBe(401);
      expect(headers.get('WWW-Authenticate')).toBe('Bearer realm="room-recordings", error="invalid_token"');
    }
    const forbidden = await sendToken(
      createTestEdge(undefined, PAGES),
      createTwilioToken({ room: OTHER_ROOM }),
    );
    expect(forbidden.headers.get('WWW-Authenticate')).toBeNull();
  });

  it('ACCESS=public adds none of these headers', async () => {
    const { headers } = await createTestEdge(undefined, { ALLOWED_ORIGINS: '*' }).request();
    expect(headers.get('Cache-Control')).toContain('public, max-age=300');
    expect(headers.get('Vary')).toBeNull();
    expect(headers.get('CDN-Cache-Control')).toBeNull();
    expect(headers.get('Referrer-Policy')).toBeNull();
    expect(headers.get('Timing-Allow-Origin')).toBe('*');
  });
});

describe('the order of authorization and other decisions', () => {
  it('a cache hit is authorized like a miss', async () => {
    let now = NOW;
    const edge = createTestEdge(undefined, TWILIO_ACCESS, { now: () => now });
    const short = createTwilioToken({ ttl: 60 });
    expect((await sendToken(edge, short)).status).toBe(200);
    expect(await statusAndCode(await edge.request())).toBe('401 token_missing');
    expect(await statusAndCode(await sendToken(edge, createTwilioToken({ room: OTHER_ROOM })))).toBe(
      '403 forbidden',
    );
    now += 60_000;
    expect(await statusAndCode(await sendToken(edge, short))).toBe('401 token_expired');
    expect((await sendToken(edge, createTwilioToken())).headers.get('Cache-Status')).toContain('hit');
    expect(edge.reads).toHaveLength(1);
  });

  it('a conditional request without a token gets 401 and not 304 or 412', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    await sendToken(edge, createTwilioToken());
    for (const headers of [{ 'If-None-Match': '*' }, { 'If-Match': '"x"' }]) {
      expect(await statusAndCode(await edge.request(PATH, { headers }))).toBe('401 token_missing');
    }
  });

  it.each([
    { name: 'no token', headers: {} },
    { name: 'an invalid token', headers: { Authorization: 'Bearer x' } },
    { name: 'an expired token', headers: { Authorization: `Bearer ${createTwilioToken({ ttl: -1 })}` } },
    {
      name: 'a token of another room',
      headers: { Authorization: `Bearer ${createTwilioToken({ room: OTHER_ROOM })}` },
    },
  ])(
    'with $name, the responses for an existing and a missing recording are equal, and the source is not read',
    async ({ headers }) => {
      const stored = createTestEdge(undefined, TWILIO_ACCESS);
      await sendToken(stored, createTwilioToken());
      const describeResponse = async (edge: typeof stored, path: string) => {
        const response = await edge.request(path, { headers });
        const id = response.headers.get('X-Request-Id') ?? '';
        const text = (await response.text()).replaceAll(id, '');
        const fields = [...response.headers].filter(([name]) => name !== 'x-request-id');
        return { status: response.status, text, fields };
      };
      const missing = createTestEdge(findNothing, TWILIO_ACCESS);
      const failing = createTestEdge(() => Promise.reject(new Error('down')), TWILIO_ACCESS);
      const one = await describeResponse(stored, PATH);
      expect(one.status).toBeGreaterThanOrEqual(401);
      expect(await describeResponse(stored, OTHER_PATH)).toEqual(one);
      expect(await describeResponse(missing, PATH)).toEqual(one);
      expect(await describeResponse(failing, PATH)).toEqual(one);
      expect([stored.reads, missing.reads, failing.reads].map(({ length }) => length)).toEqual([1, 0, 0]);
    },
  );

  it('a stored response is not sent to the next client without a token', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const first = await sendToken(edge, createTwilioToken());
    const second = await edge.request(PATH);
    expect([first.status, second.status]).toEqual([200, 401]);
    expect(await second.text()).not.toContain('OPUS');
  });

  it('path, method and SIDs are checked before the credential', async () => {
    const { request } = createTestEdge(undefined, TWILIO_ACCESS);
    expect(await statusAndCode(await request('/v1/Rooms'))).toBe('404 not_found');
    expect(await statusAndCode(await request(PATH, { method: 'POST' }))).toBe('405 method_not_allowed');
    expect(await statusAndCode(await request(`${PATH}x`))).toBe('400 invalid_sid');
    expect(await statusAndCode(await request(PATH))).toBe('401 token_missing');
    expect((await request('/healthz')).status).toBe(200);
  });

  it('the rate limit is checked before the token', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RATE_LIMIT: '1/60' });
    expect(await statusAndCode(await edge.request())).toBe('401 token_missing');
    const response = await sendToken(edge, createTwilioToken());
    expect(response.headers.get('Cache-Control')).toBe('private, no-store');
    expect(await statusAndCode(response)).toBe('429 rate_limited');
  });

  it('a misconfigured edge responds 503 before it checks the token', async () => {
    const edge = createTestEdge(undefined, { ...TWILIO_ACCESS, RECORDINGS_SOURCE: '' });
    expect(await statusAndCode(await sendToken(edge, createTwilioToken()))).toBe('503 misconfigured');
  });

  it('the log contains neither a token nor the secret', async () => {
    const edge = createTestEdge(undefined, TWILIO_ACCESS);
    const token = createTwilioToken();
    await sendToken(edge, token);
    await sendToken(edge, `${token}x`);
    const log = JSON.stringify(edge.logEntries);
    for (const part of token.split('.')) expect(log).not.toContain(part);
    expect(log).not.toContain(TWILIO_ACCESS['TWILIO_API_SECRET']);
  });
});
