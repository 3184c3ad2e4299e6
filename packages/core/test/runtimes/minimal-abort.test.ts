import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../../src/client.ts';
import type { FetchLike } from '../../src/http/fetch.ts';
import { asked, example } from '../example.ts';
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

describe('where signals have neither `reason` nor `throwIfAborted`', () => {
  it('`fetch()` resolves with the recording', async () => {
    const client = createRecordingsClient({ fetch: async () => Response.json(example) });
    expect(await client.fetch(asked.roomSid, asked.sid)).toMatchObject({ sid: asked.sid });
  });

  it('`fetch()` retries after a 503', async () => {
    const fetch = vi
      .fn<FetchLike>(async () => Response.json(example))
      .mockResolvedValueOnce(new Response(null, { status: 503 }));
    const read = createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    await vi.runAllTimersAsync();
    expect(await read).toMatchObject({ sid: asked.sid });
  });

  it('a response that does not come ends as `timeout`', async () => {
    const read = createRecordingsClient({ fetch: silent(), timeoutMs: 1000 }).fetch(asked.roomSid, asked.sid);
    const ended = expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await ended;
  });

  it('an abort of the caller ends the read as `aborted` and leaves no listener', async () => {
    const caller = new MinimalAbortController();
    const { signal } = caller;
    const read = createRecordingsClient({ fetch: silent() }).fetch(asked.roomSid, asked.sid, { signal });
    const ended = expect(read).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'aborted',
    });
    caller.abort();
    caller.abort();
    await ended;
    expect(caller.minimal.listeners).toEqual([]);
  });

  it('a signal that is already aborted sends no request', async () => {
    const caller = new MinimalAbortController();
    caller.abort();
    const fetch = silent();
    const { signal } = caller;
    const read = createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid, { signal });
    await expect(read).rejects.toMatchObject({ name: 'RecordingsError', code: 'aborted' });
    expect(fetch).not.toHaveBeenCalled();
  });
});
