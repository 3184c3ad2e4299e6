import { createFakeClock, NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { createRequestRateLimiter } from '../../src/http/rate-limit.ts';
import type { HttpRequest } from '../../src/http/types.ts';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, parseTarget } from '../support/recording.ts';

const MEDIA = `${PATH}/Media`;
const MINUTE_MS = 60_000;
const KEY = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a' };
const SIGNED_ACCESS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}` };

describe('RATE_LIMIT', () => {
  /** Creates an edge with a limit of two requests a minute. */
  function createLimitedEdge(variables: Readonly<Record<string, string>> = {}) {
    const clock = createFakeClock();
    const { now, sleep } = clock;
    const edge = createInProcessEdge({
      variables: { RATE_LIMIT: '2/60', CLIENT_IP_HEADER: 'X-Real-IP', ...variables },
      services: { now, sleep },
    });
    /** Sends a request. Returns whether the rate allows it. */
    const isAllowed = async (path: string, client = '192.0.2.1', method = 'GET') => {
      const { status } = await edge.request(path, { method, headers: { 'X-Real-IP': client } });
      return status !== 429;
    };
    return { clock, isAllowed };
  }

  it('counts only the first request of a media URL in a minute', async () => {
    const { clock, isAllowed } = createLimitedEdge();
    for (let count = 0; count < 20; count += 1) expect(await isAllowed(MEDIA)).toBe(true);
    expect(await isAllowed(MEDIA, '192.0.2.1', 'HEAD')).toBe(true);
    expect(await isAllowed(PATH)).toBe(true);
    expect(await isAllowed(PATH)).toBe(false);
    // The client has reached its limit, and its player continues.
    await clock.advance(MINUTE_MS - 1);
    expect(await isAllowed(MEDIA)).toBe(true);
    expect(await isAllowed(PATH)).toBe(true);
    await clock.advance(1);
    expect(await isAllowed(MEDIA)).toBe(true);
    expect(await isAllowed(PATH)).toBe(false);
  });

  it('counts a media URL for each client', async () => {
    const { isAllowed } = createLimitedEdge();
    expect(await isAllowed(MEDIA)).toBe(true);
    for (const expected of [true, true, false]) expect(await isAllowed(PATH, '192.0.2.2')).toBe(expected);
    expect(await isAllowed(MEDIA, '192.0.2.2')).toBe(false);
    expect(await isAllowed(MEDIA)).toBe(true);
  });

  it('counts each query of a media URL', async () => {
    const { isAllowed } = createLimitedEdge();
    expect(await isAllowed(`${MEDIA}?cb=1`)).toBe(true);
    expect(await isAllowed(`${MEDIA}?cb=2`)).toBe(true);
    expect(await isAllowed(`${MEDIA}?cb=3`)).toBe(false);
    expect(await isAllowed(`${MEDIA}?cb=1`)).toBe(true);
  });

  it('counts every request of a media URL that is not authorized', async () => {
    const { isAllowed } = createLimitedEdge(SIGNED_ACCESS);
    const target = parseTarget(MEDIA);
    if (target.kind !== 'media') throw new Error('The path is not that of media.');
    const parts = { id: target.id, publicUrl: PUBLIC_URL, client: 'token 1', expires: NOW / 1000 + 60 };
    const signed = await createMediaUrlSigner(async () => [KEY])(parts);
    const path = signed.slice(PUBLIC_URL.length);
    for (const expected of [true, true, false]) expect(await isAllowed(`${path}&x`)).toBe(expected);
    for (let count = 0; count < 5; count += 1) expect(await isAllowed(path, '192.0.2.2')).toBe(true);
  });

  it('counts every request of a list, a timeline and a recording', async () => {
    for (const path of [
      PATH,
      PATH.slice(0, PATH.lastIndexOf('/')),
      PATH.replace(/Recordings.*/, 'Timeline'),
    ]) {
      const { isAllowed } = createLimitedEdge();
      for (const expected of [true, true, false]) expect(await isAllowed(path)).toBe(expected);
    }
  });
});

describe('createRequestRateLimiter()', () => {
  it('keeps a bounded number of repeatable requests', async () => {
    const limitClient = vi.fn(() => undefined);
    const limiter = createRequestRateLimiter(
      limitClient,
      () => '192.0.2.1',
      () => NOW,
    );
    const request: HttpRequest = { method: 'GET', url: '/', headers: new Headers() };
    limiter.allowRepetitions(request, MEDIA, undefined);
    await limiter.check(request, MEDIA, undefined);
    expect(limitClient).not.toHaveBeenCalled();
    for (let nth = 0; nth < 5_000; nth += 1) {
      limiter.allowRepetitions(request, `${MEDIA}?${nth}${'x'.repeat(2_000)}`, undefined);
    }
    await limiter.check(request, MEDIA, undefined);
    expect(limitClient).toHaveBeenCalledTimes(1);
  });
});
