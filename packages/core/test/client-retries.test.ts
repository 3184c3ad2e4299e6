import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { RecordingsClientOptions } from '../src/http/requester.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

beforeEach(() => {
  vi.useFakeTimers({
    now: Date.UTC(2015, 6, 30, 20, 0, 0),
    toFake: ['Date', 'setTimeout', 'clearTimeout', 'performance'],
  });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A fetch that always responds with this status. */
const respondWithStatus = (status: number, headers: Record<string, string> = {}) =>
  vi.fn<FetchLike>(async () => new Response(null, { status, headers }));

/** Reads, runs all timers, and returns the code of the error, or `read`. */
async function settle(options: RecordingsClientOptions): Promise<unknown> {
  const read = createRecordingsClient(options)
    .fetch(requested.roomSid, requested.sid)
    .then(
      () => 'read',
      (error: { code?: unknown }) => error.code,
    );
  await vi.runAllTimersAsync();
  return read;
}

/** Returns the milliseconds between the first and the second request, to a server that responds 429 with these headers. */
async function measureDelay(headers: Record<string, string>): Promise<number> {
  const calledAt: number[] = [];
  const fetch = vi.fn<FetchLike>(async () => {
    calledAt.push(performance.now());
    return new Response(null, { status: 429, headers });
  });
  await settle({ fetch });
  const [first = Number.NaN, second = Number.NaN] = calledAt;
  return second - first;
}

describe('`fetch()` with retries', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530])(
    'retries after a %i',
    async (status) => {
      const fetch = respondWithStatus(status).mockResolvedValueOnce(new Response(null, { status }));
      fetch.mockResolvedValueOnce(Response.json(example));
      expect(await settle({ fetch })).toBe('read');
      expect(fetch).toHaveBeenCalledTimes(2);
    },
  );

  it('retries after a network error', async () => {
    const fetch = vi
      .fn<FetchLike>()
      .mockRejectedValueOnce(new TypeError('fetch failed'))
      .mockResolvedValueOnce(Response.json(example));
    expect(await settle({ fetch })).toBe('read');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each([201, 204, 301, 302, 304, 400, 401, 403, 404, 410, 418, 501, 505])(
    'does not retry after a %i',
    async (status) => {
      const fetch = respondWithStatus(status);
      expect(await settle({ fetch })).not.toBe('read');
      expect(fetch).toHaveBeenCalledOnce();
    },
  );

  it('does not retry if the connection failed within the body of a 200', async () => {
    const fetch = vi.fn<FetchLike>(
      async () => new Response(new ReadableStream({ pull: (controller) => controller.error('gone') })),
    );
    expect(await settle({ fetch })).toBe('network');
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('retries after a retryable status whose body broke off', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error('gone') });
    const fetch = respondWithStatus(503).mockResolvedValueOnce(new Response(body, { status: 503 }));
    fetch.mockResolvedValueOnce(Response.json(example));
    expect(await settle({ fetch })).toBe('read');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('does not retry if `auth` throws, and sends no request', async () => {
    const fetch = respondWithStatus(500);
    const auth = vi.fn(() => {
      throw new Error('no token');
    });
    const read = createRecordingsClient({ auth, fetch }).fetch(requested.roomSid, requested.sid);
    await expect(read).rejects.toMatchObject({ code: 'auth_failed' });
    expect(auth).toHaveBeenCalledOnce();
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe('`fetch()` with the option `retries`', () => {
  it.each([
    { name: 'sends at most 2 requests by default', options: {}, calls: 2 },
    { name: 'sends 1 request with 0', options: { retries: 0 }, calls: 1 },
    { name: 'sends at most 4 requests with 3', options: { retries: 3 }, calls: 4 },
    { name: 'sends at most 11 requests with 10', options: { retries: 10 }, calls: 11 },
  ])('$name', async ({ options, calls }) => {
    const fetch = respondWithStatus(503);
    expect(await settle({ fetch, ...options })).toBe('upstream');
    expect(fetch).toHaveBeenCalledTimes(calls);
  });

  it('rejects with the error of the last attempt', async () => {
    const fetch = respondWithStatus(429).mockRejectedValueOnce(new TypeError('fetch failed'));
    expect(await settle({ fetch })).toBe('rate_limited');
  });

  it('stops retrying after an error that is not retryable', async () => {
    const fetch = respondWithStatus(404).mockResolvedValueOnce(new Response(null, { status: 503 }));
    expect(await settle({ fetch, retries: 5 })).toBe('not_found');
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

describe('the delay before a retry', () => {
  it.each([
    { name: 'is at least 50 ms', chance: 0, ms: 50 },
    { name: 'is 150 ms for a random number of 0.5', chance: 0.5, ms: 150 },
    { name: 'is at most 250 ms', chance: 1, ms: 250 },
  ])('$name without Retry-After', async ({ chance, ms }) => {
    vi.mocked(Math.random).mockReturnValue(chance);
    expect(await measureDelay({})).toBe(ms);
  });

  it.each([
    { seconds: '0', ms: 0 },
    { seconds: '3', ms: 3000 },
    { seconds: '9', ms: 9000 },
    { seconds: 'Thu, 30 Jul 2015 20:00:04 GMT', ms: 4000 },
  ])('is $ms ms with Retry-After: $seconds', async ({ seconds, ms }) => {
    expect(await measureDelay({ 'Retry-After': seconds })).toBe(ms);
  });

  it.each([
    { name: 'as long as the timeout', seconds: '10', options: {} },
    { name: 'longer than the timeout', seconds: '3600', options: {} },
    { name: 'longer than a timeout of the options', seconds: '2', options: { timeoutMs: 1500 } },
  ])('rejects at once if Retry-After is $name', async ({ seconds, options }) => {
    const fetch = respondWithStatus(429, { 'Retry-After': seconds });
    const begun = performance.now();
    const read = createRecordingsClient({ fetch, ...options }).fetch(requested.roomSid, requested.sid);
    await expect(read).rejects.toMatchObject({ code: 'rate_limited', retryAfter: Number(seconds) });
    expect(performance.now()).toBe(begun);
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('includes the time of earlier attempts in the timeout', async () => {
    const fetch = vi.fn<FetchLike>(async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return new Response(null, { status: 429, headers: { 'Retry-After': '1' } });
    });
    expect(await settle({ fetch, retries: 5, timeoutMs: 2000 })).toBe('rate_limited');
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
