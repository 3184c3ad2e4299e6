import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { findNothing, PATH } from '../support/recording.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { sendToken } from './helpers.ts';
import { signJwt, JWT_ACCESS, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;
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
      expect(headers.get('Referrer-Policy')).toBe('no-referrer');
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
