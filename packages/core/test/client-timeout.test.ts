import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.spyOn(Math, 'random').mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Like fetch for a server that never answers: only the signal ends it, with an error of fetch’s own. */
const silent = () =>
  vi.fn<FetchLike>(
    (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')));
      }),
  );

/** Like fetch for a server that sends half a body and no more. */
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

/** Like a fetch that knows no signal, for a server that never answers. */
const deaf = () => vi.fn<FetchLike>(() => new Promise(() => undefined));

/** Like a fetch whose body knows no signal: an answer of this status that sends nothing and never ends. */
const deafBody = (status: number) => () =>
  vi.fn<FetchLike>(async () => new Response(new ReadableStream(), { status }));

describe('the time limit', () => {
  it.each([
    ['10 seconds by default', {}, 10_000],
    ['what the caller says', { timeoutMs: 1500 }, 1500],
  ])('is %s', async (_what, options, ms) => {
    const settled = vi.fn();
    const read = createRecordingsClient({ fetch: silent(), ...options }).fetch(asked.roomSid, asked.sid);
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

  it('covers the body', async () => {
    const fetch = halfway();
    const read = createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
  });

  it.each([
    ['a fetch', deaf],
    ['a body', deafBody(200)],
    ['the body of a fault', deafBody(503)],
  ])('covers %s that does not hear of it', async (_what, script) => {
    const fetch = script();
    const read = createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('covers all tries together, and is not one to try again after', async () => {
    const fetch = silent().mockResolvedValueOnce(
      new Response(null, { status: 503, headers: { 'Retry-After': '6' } }),
    );
    const read = createRecordingsClient({ fetch, retries: 5 }).fetch(asked.roomSid, asked.sid);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(10_000);
    await ended;
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it.each([
    ['an answer', async () => Response.json(example)],
    ['a fault', async () => new Response(null, { status: 404 })],
  ])('leaves no timer after %s', async (_what, fetch) => {
    await createRecordingsClient({ fetch })
      .fetch(asked.roomSid, asked.sid)
      .catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the caller’s signal', () => {
  it('sends nothing when it has ended already', async () => {
    const fetch = silent();
    const signal = AbortSignal.abort('too late');
    await expect(
      createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid, { signal }),
    ).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted', cause: 'too late' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ['before the answer', silent],
    ['inside the body', halfway],
    ['before the answer of a fetch that knows no signal', deaf],
    ['inside a body that knows no signal', deafBody(200)],
    ['in the pause between tries', () => vi.fn<FetchLike>(async () => new Response(null, { status: 503 }))],
  ])('ends a read %s, at once and for good', async (_when, script) => {
    const fetch = script();
    const caller = new AbortController();
    const cause = new Error('the user left');
    const read = createRecordingsClient({ fetch, retries: 5 }).fetch(asked.roomSid, asked.sid, {
      signal: caller.signal,
    });
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted', cause });
    await vi.advanceTimersByTimeAsync(10);
    caller.abort(cause);
    await ended;
    expect(fetch).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('keeps the platform’s own reason as the cause when the caller gives none', async () => {
    const caller = new AbortController();
    const read = createRecordingsClient({ fetch: silent() }).fetch(asked.roomSid, asked.sid, {
      signal: caller.signal,
    });
    const ended = expect(read).rejects.toMatchObject({ code: 'aborted', cause: { name: 'AbortError' } });
    caller.abort();
    await ended;
  });

  it.each([
    ['an answer', async () => Response.json(example)],
    ['a fault', async () => new Response(null, { status: 404 })],
  ])('is let go of after %s', async (_what, fetch) => {
    const { signal } = new AbortController();
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    await createRecordingsClient({ fetch })
      .fetch(asked.roomSid, asked.sid, { signal })
      .catch(() => undefined);
    expect(added).toHaveBeenCalledOnce();
    expect(removed).toHaveBeenCalledWith('abort', added.mock.calls[0]?.[1]);
  });
});
