import { beforeEach, describe, expect, it } from 'vitest';
import { createGcraLimiter } from '../../src/http/rate-limit.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { createTestEdge, sendRawTo } from '../support/test-edge.ts';
import { findNothing, PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';

let now = 0;
beforeEach(() => (now = 0));

/** The requests of a number sent at once that may go on. */
function countPassed(limit: (caller: string) => number | undefined, sent: number, caller = 'a'): number {
  return Array.from({ length: sent }, () => limit(caller)).filter((wait) => wait === undefined).length;
}

describe('limitRate', () => {
  it.each([
    { requests: 1, seconds: 1 },
    { requests: 3, seconds: 1 },
    { requests: 3, seconds: 10 },
    { requests: 7, seconds: 60 },
    { requests: 600, seconds: 60 },
    { requests: 999_999, seconds: 99_999 },
  ])(
    'lets $requests requests in $seconds seconds through at once, and not one more',
    ({ requests, seconds }) => {
      const limit = createGcraLimiter({ requests, seconds }, () => now);
      expect(countPassed(limit, requests + 10)).toBe(requests);
    },
  );

  it.each([
    { requests: 600, seconds: 60 },
    { requests: 3, seconds: 1 },
    { requests: 7, seconds: 60 },
    { requests: 1, seconds: 60 },
  ])(
    'of $requests in $seconds seconds has room again when one share of the time is over',
    ({ requests, seconds }) => {
      const limit = createGcraLimiter({ requests, seconds }, () => now);
      countPassed(limit, requests);
      const share = Math.ceil((seconds * 1000) / requests);
      now += share - 1;
      expect(countPassed(limit, 2)).toBe(0);
      now += 1;
      expect(countPassed(limit, 2)).toBe(1);
    },
  );

  it('lets no more through in a long time than the rate and what may come at once', () => {
    const limit = createGcraLimiter({ requests: 7, seconds: 3 }, () => now);
    let passed = 0;
    for (; now < 3_000_000; now += 37) passed += countPassed(limit, 1);
    expect(passed).toBe(7000 + 6);
  });

  it('gives a caller everything back after the whole time, and no more', () => {
    const limit = createGcraLimiter({ requests: 5, seconds: 10 }, () => now);
    countPassed(limit, 5);
    now += 10_000;
    expect(countPassed(limit, 9)).toBe(5);
    now += 10_000_000;
    expect(countPassed(limit, 9)).toBe(5);
  });

  it('says after how many seconds there is room, 1 at least, and it is true', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 60 }, () => now);
    countPassed(limit, 2);
    expect(limit('a')).toBe(30);
    now += 29_999;
    expect(limit('a')).toBe(1);
    now += 1;
    expect(limit('a')).toBeUndefined();
    const quick = createGcraLimiter({ requests: 100, seconds: 1 }, () => now);
    countPassed(quick, 100);
    expect(quick('a')).toBe(1);
  });

  it('counts no request that came too soon', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 1 }, () => now);
    countPassed(limit, 1000);
    now += 1000;
    expect(limit('a')).toBeUndefined();
  });

  it('counts each caller alone', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 60 }, () => now);
    expect(countPassed(limit, 5, 'a')).toBe(2);
    expect(countPassed(limit, 5, 'b')).toBe(2);
    expect(countPassed(limit, 5, '__proto__')).toBe(2);
  });

  it('gives nothing back when the clock is set back, and takes nothing away', () => {
    const limit = createGcraLimiter({ requests: 2, seconds: 2 }, () => now);
    now = 1_000_000;
    countPassed(limit, 2);
    now = 0;
    expect(limit('a')).toBe(1);
    now += 1000;
    expect(limit('a')).toBeUndefined();
  });

  it('remembers a bounded number of callers, and forgets who has not asked for long', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 60 }, () => now, 3);
    for (const caller of ['a', 'b', 'c']) limit(caller);
    limit('d');
    // Who is refused has asked, too.
    expect(limit('a')).toBe(60);
    for (const caller of ['e', 'f']) limit(caller);
    expect(limit('a')).toBe(60);
    expect(limit('d')).toBe(60);
    expect(limit('b')).toBeUndefined();
  });

  it('forgets nobody because of a caller that it knows already', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 60 }, () => now, 3);
    for (const caller of ['a', 'b', 'c', 'a', 'd', 'e', 'a', 'a']) limit(caller);
    expect(limit('b')).toBe(60);
  });

  it('stays quick with a million callers', () => {
    const limit = createGcraLimiter({ requests: 1, seconds: 60 }, () => now);
    const startedAt = performance.now();
    for (let n = 0; n < 1_000_000; n += 1) limit(`caller ${n}`);
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });
});

const MISSING = PATH.replace(/a{32}$/, '0'.repeat(32));

describe('RATE_LIMIT', () => {
  it('is off by default', async () => {
    const edge = createTestEdge();
    for (let n = 0; n < 50; n += 1) expect((await edge.request()).status).toBe(200);
  });

  it('answers 429 with when to come back, and lets the caller read again then', async () => {
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

  it('can be read by a page that may read, over the wire', async () => {
    const edge = createTestEdge(undefined, {
      RATE_LIMIT: '1/60',
      ALLOWED_ORIGINS: 'https://app.example.com',
    });
    const fields = ['Origin: https://app.example.com'];
    await sendRawTo(edge, { headers: fields });
    const answer = await sendRawTo(edge, { headers: fields });
    expect(answer.status).toBe(429);
    expect(answer.headerValues('access-control-allow-origin')).toEqual(['https://app.example.com']);
    expect(answer.headerValues('access-control-expose-headers').join()).toContain('Retry-After');
    expect(answer.headerValues('vary')).toEqual(['Origin']);
    expect(answer.headerValues('retry-after')).toEqual(['60']);
  });

  it('answers HEAD the same without a body', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60' });
    await edge.request();
    const response = await edge.request(PATH, { method: 'HEAD' });
    expect(response.status).toBe(429);
    expect(response.headers.get('Retry-After')).toBe('60');
    expect(await response.text()).toBe('');
  });

  it('counts reads of recordings alone: preflights, /healthz, /errors and what leads nowhere are free', async () => {
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
    // Nor is anything of it refused to who has used up all.
    for (const [status, path, init] of free) expect((await edge.request(path, init)).status).toBe(status);
  });

  it('counts hits, misses, HEAD, conditions and recordings that are not there alike', async () => {
    const edge = createTestEdge(
      (id) => (MISSING.endsWith(id.sid) ? findNothing(id) : Promise.resolve(RECORDING)),
      {
        RATE_LIMIT: '5/60',
      },
    );
    const asked: readonly (readonly [number, string, RequestInit])[] = [
      [404, MISSING, {}],
      [200, PATH, {}],
      [200, PATH, {}],
      [200, PATH, { method: 'HEAD' }],
      [304, PATH, { headers: { 'If-None-Match': '*' } }],
      [429, PATH, {}],
      [429, PATH, { headers: { 'If-None-Match': '*' } }],
      [429, MISSING, {}],
    ];
    for (const [status, path, init] of asked) expect((await edge.request(path, init)).status).toBe(status);
    expect(edge.reads).toHaveLength(2);
  });

  it('is decided after "misconfigured", which is nobody’s fault who asks', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60', ACCESS: '' });
    for (let n = 0; n < 3; n += 1) expect((await edge.request()).status).toBe(503);
  });

  it('takes every connection of a peer for one caller, and no header for a name unless it is set', async () => {
    const edge = createTestEdge(undefined, { RATE_LIMIT: '1/60' });
    const first = await sendRawTo(edge, { headers: ['X-Real-IP: 192.0.2.1'] });
    const second = await sendRawTo(edge, { headers: ['X-Real-IP: 192.0.2.2'] });
    expect([first.status, second.status]).toEqual([200, 429]);
  });

  it('counts by CLIENT_IP_HEADER where it is set, over the wire', async () => {
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
