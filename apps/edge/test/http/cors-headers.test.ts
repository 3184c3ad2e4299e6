import { describe, expect, it } from 'vitest';
import { createTestEdge } from '../support/test-edge.ts';
import { findNothing, PATH } from '../support/recording.ts';

const APP = 'https://app.example.com';
const everyone = { ALLOWED_ORIGINS: '*' };
const listed = { ALLOWED_ORIGINS: `${APP},https://admin.example.com` };
const found = createTestEdge().request;
const preflight = { Origin: APP, 'Access-Control-Request-Method': 'GET' };

/** One way to each kind of answer. */
const ANSWERS: readonly (readonly [
  number,
  (origins: Readonly<Record<string, string>>, from: string) => Promise<Response>,
])[] = [
  [200, (origins, from) => createTestEdge(undefined, origins).request(PATH, { headers: { Origin: from } })],
  [
    304,
    (origins, from) =>
      createTestEdge(undefined, origins).request(PATH, { headers: { Origin: from, 'If-None-Match': '*' } }),
  ],
  [
    400,
    (origins, from) =>
      createTestEdge(undefined, origins).request(`${PATH}.json`, { headers: { Origin: from } }),
  ],
  [404, (origins, from) => createTestEdge(findNothing, origins).request(PATH, { headers: { Origin: from } })],
  [
    405,
    (origins, from) =>
      createTestEdge(undefined, origins).request(PATH, { method: 'POST', headers: { Origin: from } }),
  ],
  [
    502,
    (origins, from) =>
      createTestEdge(() => Promise.reject(new Error('down')), origins).request(PATH, {
        headers: { Origin: from },
      }),
  ],
];

describe('ALLOWED_ORIGINS=*', () => {
  it.each(ANSWERS)('C01, C10: every page may read a %i', async (status, answer) => {
    const { headers, ...response } = await answer(everyone, APP).then((r) => ({
      headers: r.headers,
      status: r.status,
    }));
    expect(response.status).toBe(status);
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
    expect(headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD');
    expect(headers.get('Access-Control-Expose-Headers')).toContain(
      'ETag, Age, Date, Cache-Status, Retry-After, X-Request-Id',
    );
    expect(headers.get('Vary')).toBeNull();
  });

  it('C01: says so without an Origin too', async () => {
    const { headers } = await createTestEdge(undefined, everyone).request();
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
  });

  it('C11: and to the origin null', async () => {
    const { headers } = await createTestEdge(undefined, everyone).request(PATH, {
      headers: { Origin: 'null' },
    });
    expect(headers.get('Access-Control-Allow-Origin')).toBe('*');
  });

  it('C13, C15: lets pages embed and time it', async () => {
    const { headers } = await createTestEdge(undefined, everyone).request();
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('cross-origin');
    expect(headers.get('Timing-Allow-Origin')).toBe('*');
  });
});

describe('a list of origins', () => {
  it.each(ANSWERS)(
    'C02, C10, R35: a listed page may read a %i, and Vary says that the origin matters',
    async (status, answer) => {
      const response = await answer(listed, APP);
      expect(response.status).toBe(status);
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(APP);
      expect(response.headers.get('Vary')).toBe('Origin');
    },
  );

  it.each([
    ['another site', 'https://evil.example'],
    ['another port', `${APP}:8443`],
    ['another scheme', 'http://app.example.com'],
    ['a longer name', `${APP}.evil.example`],
    ['another case', 'https://APP.example.com'],
    ['C11: null', 'null'],
  ])('C02: %s may not', async (_what, origin) => {
    const { status, headers } = await createTestEdge(undefined, listed).request(PATH, {
      headers: { Origin: origin },
    });
    expect(status).toBe(200);
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(headers.get('Timing-Allow-Origin')).toBeNull();
    expect(headers.get('Vary')).toBe('Origin');
  });

  it('C02, R35: varies by origin also for a request without one', async () => {
    const { headers } = await createTestEdge(undefined, listed).request();
    expect(headers.get('Vary')).toBe('Origin');
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  it('is empty by default: no page of another origin reads', async () => {
    const { headers } = await found(PATH, { headers: { Origin: APP } });
    expect(headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(headers.get('Cross-Origin-Resource-Policy')).toBe('same-origin');
  });
});

describe('OPTIONS', () => {
  it('C04, C06, C07, C08: allows a preflight without asking the source', async () => {
    const { request, reads } = createTestEdge(undefined, listed);
    const asked = { ...preflight, 'Access-Control-Request-Headers': 'authorization, x-evil' };
    const { status, headers } = await request(PATH, { method: 'OPTIONS', headers: asked });
    expect(status).toBe(204);
    expect(headers.get('Access-Control-Allow-Origin')).toBe(APP);
    expect(headers.get('Access-Control-Allow-Methods')).toBe('GET, HEAD');
    expect(headers.get('Access-Control-Max-Age')).toBe('7200');
    const allowed = headers.get('Access-Control-Allow-Headers') ?? '';
    expect(allowed.toLowerCase().split(', ')).toContain('authorization');
    expect(allowed).not.toContain('x-evil');
    expect(reads).toEqual([]);
  });

  it('C05: refuses the preflight of an origin that is not listed', async () => {
    const { request } = createTestEdge(undefined, listed);
    const headers = { ...preflight, Origin: 'https://evil.example' };
    const response = await request(PATH, { method: 'OPTIONS', headers });
    expect(response.status).toBe(403);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(response.headers.get('Access-Control-Max-Age')).toBeNull();
  });

  it('C17: never opens a private network', async () => {
    const { request } = createTestEdge(undefined, everyone);
    const headers = { ...preflight, 'Access-Control-Request-Private-Network': 'true' };
    const response = await request(PATH, { method: 'OPTIONS', headers });
    expect(response.headers.get('Access-Control-Allow-Private-Network')).toBeNull();
  });

  it('R16: without a preflight’s headers says what is allowed', async () => {
    const { status, headers } = await found(PATH, { method: 'OPTIONS' });
    expect(status).toBe(204);
    expect(headers.get('Allow')).toBe('GET, HEAD, OPTIONS');
    expect(headers.get('Cache-Control')).toBe('no-store');
  });
});
