import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { example, requested } from './example.ts';

const { roomSid, sid } = requested;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const respond = (status: string, headers: Readonly<Record<string, string>> = {}) =>
  Response.json({ ...example, status }, { headers });
const refuse = (status: number, headers: Readonly<Record<string, string>> = {}) =>
  new Response('{}', { status, headers });

/** Waits on a server that gives these responses or errors, one after the other, and then never responds. */
function wait(responses: readonly (Response | Error)[], timeoutMs?: number, signal?: AbortSignal) {
  const rest = [...responses];
  const fetch = vi.fn<FetchLike>(() => {
    const next = rest.shift();
    if (next === undefined) return new Promise(() => undefined);
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  const client = createRecordingsClient({ fetch, retries: 0 });
  const waiting = client.waitUntilReady(roomSid, sid, { timeoutMs, signal });
  // Handled, because some tests look at the error later.
  waiting.catch(() => undefined);
  return { fetch, waiting };
}

describe('`waitUntilReady()`', () => {
  it('resolves with a completed recording after one read', async () => {
    const { fetch, waiting } = wait([respond('completed')]);
    await expect(waiting).resolves.toMatchObject({ sid, status: 'completed', codec: 'OPUS' });
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([
    { name: 'after 5 s without a lifetime', headers: {}, ms: 5000 },
    {
      name: 'after the lifetime of the response',
      headers: { 'Cache-Control': 'public, max-age=8' },
      ms: 8000,
    },
    {
      name: 'after the rest of the lifetime',
      headers: { 'Cache-Control': 'max-age=8, stale-while-revalidate=5', Age: '6' },
      ms: 2000,
    },
    {
      name: 'after 1 s if the response is stale',
      headers: { 'Cache-Control': 'max-age=5', Age: '9' },
      ms: 1000,
    },
    { name: 'after at most a minute', headers: { 'Cache-Control': 'max-age=3600' }, ms: 60_000 },
    {
      name: 'after 5 s if the response may not be stored',
      headers: { 'Cache-Control': 'no-store' },
      ms: 5000,
    },
    { name: 'whatever the shared lifetime is', headers: { 'Cache-Control': 's-max-age=9' }, ms: 5000 },
    { name: 'whatever an invalid Age is', headers: { 'Cache-Control': 'max-age=3', Age: 'old' }, ms: 3000 },
  ])('reads a processing recording again $name', async ({ headers, ms }) => {
    const { fetch, waiting } = wait([respond('processing', headers), respond('completed')]);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(fetch).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    await expect(waiting).resolves.toMatchObject({ status: 'completed' });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('adds a random part of up to a fifth to a delay', async () => {
    vi.mocked(Math.random).mockReturnValue(0.5);
    const { fetch } = wait([respond('processing'), respond('completed')]);
    await vi.advanceTimersByTimeAsync(5499);
    expect(fetch).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each(['failed', 'deleted'])('rejects with %s if this is the status of the recording', async (status) => {
    const { waiting } = wait([respond('processing'), respond(status)]);
    await vi.advanceTimersByTimeAsync(5000);
    await expect(waiting).rejects.toMatchObject({
      code: status,
      message: `The status of the recording is ${status}.`,
      status: 200,
    });
  });

  it.each([
    { name: 'its Retry-After', error: refuse(429, { 'Retry-After': '9' }), ms: 9000 },
    { name: '1 s if its Retry-After is 0', error: refuse(503, { 'Retry-After': '0' }), ms: 1000 },
    { name: '5 s without Retry-After', error: refuse(503), ms: 5000 },
    { name: '5 s if the connection failed', error: new TypeError('No.'), ms: 5000 },
  ])('reads again after a temporary error: after $name', async ({ error, ms }) => {
    const { fetch, waiting } = wait([error, respond('completed')]);
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(fetch).toHaveBeenCalledOnce();
    await vi.advanceTimersByTimeAsync(1);
    await expect(waiting).resolves.toMatchObject({ status: 'completed' });
  });

  it('reads again after a read that took longer than the timeoutMs of the client', async () => {
    const fetch = vi
      .fn<FetchLike>(async () => respond('completed'))
      .mockReturnValueOnce(new Promise(() => undefined));
    const waiting = createRecordingsClient({ fetch, retries: 0 }).waitUntilReady(roomSid, sid);
    await vi.advanceTimersByTimeAsync(15_000);
    await expect(waiting).resolves.toMatchObject({ status: 'completed' });
  });

  it.each([
    { status: 401, code: 'unauthorized' },
    { status: 403, code: 'forbidden' },
    { status: 404, code: 'not_found' },
    { status: 410, code: 'deleted' },
  ])('rejects a response of $status with $code', async ({ status, code }) => {
    await expect(wait([refuse(status)]).waiting).rejects.toMatchObject({ code, status });
  });

  it('rejects an error of a framework unchanged', async () => {
    const error = Object.assign(new Error('bail out'), { digest: 'DYNAMIC_SERVER_USAGE' });
    await expect(wait([error]).waiting).rejects.toBe(error);
  });

  it('rejects with timeout if the recording is not completed in time', async () => {
    const { fetch, waiting } = wait([respond('processing'), respond('processing')], 8000);
    await vi.advanceTimersByTimeAsync(8000);
    await expect(waiting).rejects.toMatchObject({
      code: 'timeout',
      message: 'The recording did not complete within 8000 ms.',
    });
    expect(fetch).toHaveBeenCalledTimes(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('rejects with timeout during a read, and aborts the read', async () => {
    const { fetch, waiting } = wait([], 3000);
    await vi.advanceTimersByTimeAsync(3000);
    const message = 'The recording did not complete within 3000 ms.';
    await expect(waiting).rejects.toMatchObject({ code: 'timeout', message });
    expect(fetch.mock.calls[0]?.[1].signal.aborted).toBe(true);
  });

  it('waits 10 minutes by default', async () => {
    const settled = vi.fn();
    const fetch: FetchLike = async () => respond('processing', { 'Cache-Control': 'max-age=60' });
    createRecordingsClient({ fetch }).waitUntilReady(roomSid, sid).catch(settled);
    await vi.advanceTimersByTimeAsync(599_999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(settled).toHaveBeenCalledWith(expect.objectContaining({ code: 'timeout' }));
  });

  it('rejects with the error of the server if its Retry-After ends after the time limit', async () => {
    const { waiting } = wait([refuse(429, { 'Retry-After': '9999999999' })], 8000);
    await expect(waiting).rejects.toMatchObject({ code: 'rate_limited', retryAfter: 9_999_999_999 });
  });

  it('does not read at once if a Retry-After with its random part exceeds the maximum of a timer', async () => {
    vi.mocked(Math.random).mockReturnValue(0.9);
    const delays = vi.spyOn(globalThis, 'setTimeout');
    const { fetch } = wait([refuse(503, { 'Retry-After': '2000000' })], 2 ** 31 - 1);
    await vi.advanceTimersByTimeAsync(0);
    expect(fetch).toHaveBeenCalledOnce();
    expect(Math.max(...delays.mock.calls.map(([, ms]) => ms ?? 0))).toBe(2 ** 31 - 1);
  });

  it('rejects with aborted when its signal aborts', async () => {
    const controller = new AbortController();
    const { fetch, waiting } = wait([respond('processing')], undefined, controller.signal);
    await vi.advanceTimersByTimeAsync(1000);
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'aborted' });
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([0, 1.5, 2 ** 31])('rejects a timeoutMs of %d with invalid_request', async (timeoutMs) => {
    const { fetch, waiting } = wait([], timeoutMs);
    await expect(waiting).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'timeoutMs must be an integer from 1 to 2147483647.',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('rejects a text that is not a SID with invalid_sid', async () => {
    await expect(createRecordingsClient().waitUntilReady(roomSid, 'canary')).rejects.toMatchObject({
      code: 'invalid_sid',
    });
  });
});
