import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A fetch from a server that never responds: it rejects with an AbortError of its own when the signal aborts. */
const silent = () =>
  vi.fn<FetchLike>(
    (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      }),
  );

/** A fetch from a server that sends a part of the body and then nothing. */
const halfway = () =>
  vi.fn<FetchLike>(async (_url, { signal }) => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        controller.enqueue(new TextEncoder().encode('{"sid":'));
        signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')));
      },
    });
    return new Response(body);
  });

/** A fetch that ignores the signal, from a server that never responds. */
const ignoring = () => vi.fn<FetchLike>(() => new Promise(() => undefined));

/** A fetch whose body ignores the signal: a response of this status that sends nothing and never ends. */
const ignoringBody = (status: number) => () =>
  vi.fn<FetchLike>(async () => new Response(new ReadableStream(), { status }));

describe('the timeout', () => {
  it.each([
    { name: '10 seconds by default', options: {}, ms: 10_000 },
    { name: 'the value of timeoutMs', options: { timeoutMs: 1500 }, ms: 1500 },
  ])('is $name', async ({ options, ms }) => {
    const settled = vi.fn();
    const read = createRecordingsClient({ fetch: silent(), ...options }).fetch(
      requested.roomSid,
      requested.sid,
    );
    const ended = expect(read.finally(settled)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'timeout',
      message: `The read did not complete within ${ms} ms.`,
    });
    await vi.advanceTimersByTimeAsync(ms - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
  });

  it('includes the response body', async () => {
    const fetch = halfway();
    const read = createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
  });

  it.each([
    { name: 'a fetch', createFetch: ignoring },
    { name: 'a response body', createFetch: ignoringBody(200) },
    { name: 'the body of an error response', createFetch: ignoringBody(503) },
  ])('ends $name that ignores the signal', async ({ createFetch }) => {
    const fetch = createFetch();
    const read = createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('includes all attempts, and is not retried', async () => {
    const fetch = silent().mockResolvedValueOnce(
      new Response(null, { status: 503, headers: { 'Retry-After': '6' } }),
    );
    const read = createRecordingsClient({ fetch, retries: 5 }).fetch(requested.roomSid, requested.sid);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each([
    { name: 'a response', fetch: async () => Response.json(example) },
    { name: 'an error', fetch: async () => new Response(null, { status: 404 }) },
  ])('leaves no timer after $name', async ({ fetch }) => {
    await createRecordingsClient({ fetch })
      .fetch(requested.roomSid, requested.sid)
      .catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the option `signal`', () => {
  it('prevents the request if it has aborted before', async () => {
    const fetch = silent();
    const signal = AbortSignal.abort('too late');
    await expect(
      createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid, { signal }),
    ).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted', cause: 'too late' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    { name: 'before the response', createFetch: silent },
    { name: 'while the body is read', createFetch: halfway },
    { name: 'before the response of a fetch that ignores it', createFetch: ignoring },
    { name: 'while a body that ignores it is read', createFetch: ignoringBody(200) },
    {
      name: 'in the delay before a retry',
      createFetch: () => vi.fn<FetchLike>(async () => new Response(null, { status: 503 })),
    },
  ])('ends a read at once $name, and no request follows', async ({ createFetch }) => {
    const fetch = createFetch();
    const controller = new AbortController();
    const cause = new Error('the user left');
    const read = createRecordingsClient({ fetch, retries: 5 }).fetch(requested.roomSid, requested.sid, {
      signal: controller.signal,
    });
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted', cause });
    await vi.advanceTimersByTimeAsync(10);
    controller.abort(cause);
    await ended;
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives the AbortError of the platform as the cause if it has no reason of its own', async () => {
    const controller = new AbortController();
    const read = createRecordingsClient({ fetch: silent() }).fetch(requested.roomSid, requested.sid, {
      signal: controller.signal,
    });
    const ended = expect(read).rejects.toMatchObject({ code: 'aborted', cause: { name: 'AbortError' } });
    controller.abort();
    await ended;
  });

  it.each([
    { name: 'a response', fetch: async () => Response.json(example) },
    { name: 'an error', fetch: async () => new Response(null, { status: 404 }) },
  ])('has no listener after $name', async ({ fetch }) => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await createRecordingsClient({ fetch })
      .fetch(requested.roomSid, requested.sid, { signal })
      .catch(() => undefined);
    expect(added).toHaveBeenCalledOnce();
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
  });
});
