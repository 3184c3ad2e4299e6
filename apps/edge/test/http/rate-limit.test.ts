import process from 'node:process';
import { beforeEach, describe, expect, it } from 'vitest';
import { createGcraLimiter } from '../../src/http/rate-limit.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';

let now = 0;
beforeEach(() => (now = 0));

/** Sends requests at once, and returns how many of them the limiter allows. */
function countAllowed(limit: (client: string) => number | undefined, sent: number, client = 'a'): number {
  return Array.from({ length: sent }, () => limit(client)).filter((retryAfter) => retryAfter === undefined)
    .length;
}

describe('createGcraLimiter()', () => {
  it.each([
    { requests: 1, seconds: 1 },
    { requests: 3, seconds: 1 },
    { requests: 3, seconds: 10 },
    { requests: 7, seconds: 60 },
    { requests: 600, seconds: 60 },
    { requests: 999_999, seconds: 99_999 },
  ])(
    'allows $requests requests at once with a limit of $requests/$seconds, and not one more',
    ({ requests, seconds }) => {
      const limit = createGcraLimiter({ requests, seconds }, () => now);
      expect(countAllowed(limit, requests + 10)).toBe(requests);
    },
  );

  it.each([
    { requests: 600, seconds: 60 },
    { requests: 3, seconds: 1 },
    { requests: 7, seconds: 60 },
    { requests: 1, seconds: 60 },
  ])(
    'allows the next request after an equal share of the time with a limit of $requests/$seconds',
    ({ requests, seconds }) => {
      const limit = createGcraLimiter({ requests, seconds }, () => now);
      countAllowed(limit, requests);
      const share = Math.ceil((seconds * 1000) / requests);
      now += share - 1;
      expect(countAllowed(limit, 2)).toBe(0);
      now += 1;
      expect(countAllowed(limit, 2)).toBe(1);
    },
  );

  it('allows no more requests in a long time than the rate and one burst', () => {
    const limit = createGcraLimiter({ requests: 7, seconds: 3 }, () => now);
    let allowed = 0;
    for (; now < 3_000_000; now += 37) allowed += countAllowed(limit, 1);
    expect(allowed).toBe(7000 + 6);
  });

  it('allows a full burst again after the whole time, and no more', () => {
    const limit = createGcraLimiter({ requests: 5, seconds: 10 }, () => now);
    countAllowed(limit, 5);
    now += 10_000;
    expect(countAllowed(limit, 9)).toBe(5);
    now += 10_000_000;
    expect(countAllowed(limit, 9)).toBe(5);
  });

  it('returns the seconds until the next request is allowed, at least 1', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 60 }, () => now);
    countAllowed(limit, 2);
    expect(limit('a')).toBe(30);
    now += 29_999;
    expect(limit('a')).toBe(1);
    now += 1;
    expect(limit('a')).toBeUndefined();
    const quick = createGcraLimiter({ requests: 100, seconds: 1 }, () => now);
    countAllowed(quick, 100);
    expect(quick('a')).toBe(1);
  });

  it('does not count a rejected request', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 1 }, () => now);
    countAllowed(limit, 1000);
    now += 1000;
    expect(limit('a')).toBeUndefined();
  });

  it('counts each client separately', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 60 }, () => now);
    expect(countAllowed(limit, 5, 'a')).toBe(2);
    expect(countAllowed(limit, 5, 'b')).toBe(2);
    expect(countAllowed(limit, 5, '__proto__')).toBe(2);
  });

  it('keeps its state if the clock is set back', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 2 }, () => now);
    now = 1_000_000;
    countAllowed(limit, 2);
    now = 0;
    expect(limit('a')).toBe(1);
    now += 1000;
    expect(limit('a')).toBeUndefined();
  });

  it('keeps a bounded number of clients and evicts those without recent requests', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 60 }, () => now);
    limit('recent');
    limit('old');
    for (let index = 0; index < 100_000; index += 1) {
      limit(`client ${index}`);
      // A rejected request counts as a recent one.
      if (index % 10_000 === 0) expect(limit('recent')).toBe(60);
    }
    expect(limit('recent')).toBe(60);
    expect(limit('old')).toBeUndefined();
  });

  it('handles a million clients in less than 4 s of CPU time', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 60 }, () => now);
    const before = process.cpuUsage();
    for (let index = 0; index < 1_000_000; index += 1) limit(`client ${index}`);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(4000);
  });
});

const MISSING = PATH.replace(/a{32}$/, '0'.repeat(32));

describe('RATE_LIMIT', () => {
  it('is off by default', async () => {
    const edge = createTestEdge();
    for (let n = 0; n < 50; n += 1) expect((await edge.request()).status).toBe(200);
  });

  it('responds with a 429 with Retry-After, and allows a request after that time', async () => {
    const clock = createFakeClock();
    const edge = createTestEdge(undefined, { RATE_LIMIT: '2/60' }, clock);
    expect((await edge.request()).status).toBe(200);
    expect((await edge.request()).status).toBe(200);
    const response = await edge.request();
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('30');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('Content-Type')).toBe('application/problem+json');
    expect(response.headers.get('Cache-Status')).toBeNull();
    expect(await response.json()).toMatchObject({
      type: `${PUBLIC_URL}/errors#rate_limited`,
      status: 429,
      error: 'rate_limited',
      code: 20429,
    });
    await clock.advance(30_000);
    expect((await edge.request()).status).toBe(200);
    expect((await edge.request()).status).toBe(429);
  });

  it('lets a listed page read the 429', async () => {
    const edge = createTestEdge(undefined, {
      RATE_LIMIT: '1/60',
      ALLOWED_ORIGINS: 'https://app.example.com',
    });
    const fields = ['Origin: https://app.example.com'];
    await sendRawTo(edge, { headers: fields });
    const response = await sendRawTo(edge, { headers: fields });
    expect(response.status).toBe(429);
    expect(response.headerValues('access-control-allow-origin')).toEqual(['https://app.example.com']);
    expect(response.headerValues('access-control-expose-headers').join()).toContain('Retry-After');
    expect(response.headerValues('vary')).toEqual(['Origin']);
    expect(response.headerValues('retry-after')).toEqual(['60']);
  });

  it('responds to a HEAD with the 429 without a body', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60' });
    await edge.request();
    const response = await edge.request(PATH, { method: 'HEAD' });
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('60');
    expect(await response.text()).toBe('');
  });

  it('counts only reads of recordings, not preflights, /healthz, /errors or client errors', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60', ALLOWED_ORIGINS: '*' });
    const preflight = { Origin: 'https://app.example.com', 'Access-Control-Request-Method': 'GET' };
    const free: readonly (readonly [number, string, RequestInit])[] = [
      [204, PATH, { method: 'OPTIONS', headers: preflight }],
      [200, '/healthz', {}],
      [200, '/errors', {}],
      [404, '/nothing', {}],
      [400, `${PATH}.json`, {}],
      [405, PATH, { method: 'POST' }],
      [414, `${PATH}?${'a'.repeat(2049)}`, {}],
    ];
    for (const [status, path, init] of free) expect((await edge.request(path, init)).status).toBe(status);
    expect((await edge.request()).status).toBe(200);
    expect((await edge.request()).status).toBe(429);
    // A client that has reached the limit may still send these requests.
    for (const [status, path, init] of free) expect((await edge.request(path, init)).status).toBe(status);
  });

  it('counts cache hits, misses, HEAD, conditional requests and 404s', async () => {
    const edge = createTestEdge(
      (id) => (MISSING.endsWith(id.sid) ? findNothing(id) : Promise.resolve(RECORDING)),
      {
        RATE_LIMIT: '5/60',
      },
    );
    const requests: readonly (readonly [number, string, RequestInit])[] = [
      [404, MISSING, {}],
      [200, PATH, {}],
      [200, PATH, {}],
      [200, PATH, { method: 'HEAD' }],
      [304, PATH, { headers: { 'If-None-Match': '*' } }],
      [429, PATH, {}],
      [429, PATH, { headers: { 'If-None-Match': '*' } }],
      [429, MISSING, {}],
    ];
    for (const [status, path, init] of requests) expect((await edge.request(path, init)).status).toBe(status);
    expect(edge.reads).toHaveLength(2);
  });

  it('does not apply to an edge that is misconfigured', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60', ACCESS: '' });
    for (let n = 0; n < 3; n += 1) expect((await edge.request()).status).toBe(503);
  });

  it('counts all connections of a peer address together, and ignores X-Real-IP', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60' });
    const first = await sendRawTo(edge, { headers: ['X-Real-IP: 192.0.2.1'] });
    const second = await sendRawTo(edge, { headers: ['X-Real-IP: 192.0.2.2'] });
    expect([first.status, second.status]).toEqual([200, 429]);
  });

  it('counts by the address in CLIENT_IP_HEADER', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60', CLIENT_IP_HEADER: 'X-Real-IP' });
    const statusFor = async (...fields: readonly string[]) =>
      (await sendRawTo(edge, { headers: fields })).status;
    expect(await statusFor('X-Real-IP: 192.0.2.1')).toBe(200);
    expect(await statusFor('X-Real-IP: 192.0.2.2')).toBe(200);
    expect(await statusFor('X-Real-IP: 192.0.2.1')).toBe(429);
    expect(await statusFor('x-real-ip: 10.6.6.6, 192.0.2.1')).toBe(429);
    expect(await statusFor('X-Real-IP: 10.6.6.6', 'X-Real-IP: 192.0.2.1')).toBe(429);
    expect(await statusFor()).toBe(200);
    expect(await statusFor()).toBe(429);
  });
});
