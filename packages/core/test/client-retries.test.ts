import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient, type RecordingsClientOptions } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

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

/** A fetch that always fails with this status. */
const failing = (status: number, headers: Record<string, string> = {}) =>
  vi.fn<FetchLike>(async () => new Response(null, { status, headers }));

/** The code of the error that reading ends with, or `read`. Takes all the time it needs. */
async function outcome(options: RecordingsClientOptions): Promise<unknown> {
  const read = createRecordingsClient(options)
    .fetch(asked.roomSid, asked.sid)
    .then(
      () => 'read',
      (error: { code?: unknown }) => error.code,
    );
  await vi.runAllTimersAsync();
  return read;
}

/** Milliseconds from the first call to the second, to a server that refuses with these headers. */
async function pauseAfter(headers: Record<string, string>): Promise<number> {
  const calledAt: number[] = [];
  const fetch = vi.fn<FetchLike>(async () => {
    calledAt.push(performance.now());
    return new Response(null, { status: 429, headers });
  });
  await outcome({ fetch });
  const [first = Number.NaN, second = Number.NaN] = calledAt;
  return second - first;
}

describe('which faults are tried again', () => {
  it.each([408, 409, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 527, 530])(
    'a status of %i',
    async (status) => {
      const fetch = failing(status).mockResolvedValueOnce(new Response(null, { status }));
      fetch.mockResolvedValueOnce(Response.json(example));
      expect(await outcome({ fetch })).toBe('read');
      expect(fetch).toHaveBeenCalledTimes(2);
    },
  );

  it('a network that fails', async () => {
    const fetch = vi
      .fn<FetchLike>()
      .mockRejectedValueOnce(new TypeError('fetch failed'))
      .mockResolvedValueOnce(Response.json(example));
    expect(await outcome({ fetch })).toBe('read');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each([201, 204, 301, 302, 304, 400, 401, 403, 404, 410, 418, 501, 505])(
    'not a status of %i',
    async (status) => {
      const fetch = failing(status);
      expect(await outcome({ fetch })).not.toBe('read');
      expect(fetch).toHaveBeenCalledOnce();
    },
  );

  it('not an answer that broke off: the next one would too', async () => {
    const fetch = vi.fn<FetchLike>(
      async () => new Response(new ReadableStream({ pull: (controller) => controller.error('gone') })),
    );
    expect(await outcome({ fetch })).toBe('network');
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('a status that is safe to repeat when its body broke off', async () => {
    const body = new ReadableStream({ pull: (controller) => controller.error('gone') });
    const fetch = failing(503).mockResolvedValueOnce(new Response(body, { status: 503 }));
    fetch.mockResolvedValueOnce(Response.json(example));
    expect(await outcome({ fetch })).toBe('read');
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('not an auth that fails, and nothing is sent', async () => {
    const fetch = failing(500);
    const auth = vi.fn(() => {
      throw new Error('no token');
    });
    const read = createRecordingsClient({ auth, fetch }).fetch(asked.roomSid, asked.sid);
    await expect(read).rejects.toMatchObject({ code: 'auth_failed' });
    expect(auth).toHaveBeenCalledOnce();
    expect(fetch).not.toHaveBeenCalled();
  });
});

describe('how often', () => {
  it.each([
    ['once more by default', {}, 2],
    ['never with 0', { retries: 0 }, 1],
    ['three times more with 3', { retries: 3 }, 4],
    ['ten times more with 10', { retries: 10 }, 11],
  ])('%s', async (_what, options, calls) => {
    const fetch = failing(503);
    expect(await outcome({ fetch, ...options })).toBe('upstream');
    expect(fetch).toHaveBeenCalledTimes(calls);
  });

  it('and then the last fault is the error', async () => {
    const fetch = failing(429).mockRejectedValueOnce(new TypeError('fetch failed'));
    expect(await outcome({ fetch })).toBe('rate_limited');
  });

  it('and no more once a fault comes that is final', async () => {
    const fetch = failing(404).mockResolvedValueOnce(new Response(null, { status: 503 }));
    expect(await outcome({ fetch, retries: 5 })).toBe('not_found');
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});

describe('how long it pauses', () => {
  it.each([
    ['50 ms at least', 0, 50],
    ['halfway', 0.5, 150],
    ['250 ms at most', 1, 250],
  ])('%s when the server does not say', async (_what, chance, ms) => {
    vi.mocked(Math.random).mockReturnValue(chance);
    expect(await pauseAfter({})).toBe(ms);
  });

  it.each([
    ['0', 0],
    ['3', 3000],
    ['9', 9000],
    ['Thu, 30 Jul 2015 20:00:04 GMT', 4000],
  ])('as the server says: Retry-After %s is %i ms', async (seconds, ms) => {
    expect(await pauseAfter({ 'Retry-After': seconds })).toBe(ms);
  });

  it.each([
    ['as long as the limit', '10', {}],
    ['longer than it', '3600', {}],
    ['longer than one that the caller set', '2', { timeoutMs: 1500 }],
  ])(
    'not at all when the server asks for a wait %s: the fault comes at once',
    async (_what, seconds, options) => {
      const fetch = failing(429, { 'Retry-After': seconds });
      const begun = performance.now();
      const read = createRecordingsClient({ fetch, ...options }).fetch(asked.roomSid, asked.sid);
      await expect(read).rejects.toMatchObject({ code: 'rate_limited', retryAfter: Number(seconds) });
      expect(performance.now()).toBe(begun);
      expect(fetch).toHaveBeenCalledOnce();
    },
  );

  it('counts the time that tries took', async () => {
    const fetch = vi.fn<FetchLike>(async () => {
      await new Promise((resolve) => setTimeout(resolve, 400));
      return new Response(null, { status: 429, headers: { 'Retry-After': '1' } });
    });
    expect(await outcome({ fetch, retries: 5, timeoutMs: 2000 })).toBe('rate_limited');
    expect(fetch).toHaveBeenCalledTimes(2);
  });
});
