import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { requested, example } from '../example.ts';
import { MinimalAbortController } from './abort-controller.ts';

const silent = () => vi.fn<FetchLike>(() => new Promise(() => undefined));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  vi.stubGlobal('AbortController', MinimalAbortController);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('a runtime whose signals have neither `reason` nor `throwIfAborted`', () => {
  it('`fetch()` resolves with the recording', async () => {
    const client = createRecordingsClient({ fetch: async () => Response.json(example) });
    expect(await client.fetch(requested.roomSid, requested.sid)).toMatchObject({ sid: requested.sid });
  });

  it('`fetch()` retries after a 503', async () => {
    const fetch = vi
      .fn<FetchLike>(async () => Response.json(example))
      .mockResolvedValueOnce(new Response(null, { status: 503 }));
    const read = createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    await vi.runAllTimersAsync();
    expect(await read).toMatchObject({ sid: requested.sid });
  });

  it('`fetch()` rejects with `timeout` if there is no response', async () => {
    const read = createRecordingsClient({ fetch: silent(), timeoutMs: 1000 }).fetch(
      requested.roomSid,
      requested.sid,
    );
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it('`fetch()` rejects with `aborted` on abort and leaves no listener', async () => {
    const controller = new MinimalAbortController();
    const { signal } = controller;
    const read = createRecordingsClient({ fetch: silent() }).fetch(requested.roomSid, requested.sid, {
      signal,
    });
    const ended = expect(read).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'aborted',
    });
    controller.abort();
    controller.abort();
    await ended;
    expect(controller.minimal.listeners).toEqual([]);
  });

  it('`fetch()` sends no request if the signal has aborted before', async () => {
    const controller = new MinimalAbortController();
    controller.abort();
    const fetch = silent();
    const { signal } = controller;
    const read = createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid, { signal });
    await expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted' });
    expect(fetch).not.toHaveBeenCalled();
  });
});
