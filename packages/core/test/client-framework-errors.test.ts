import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested } from './example.ts';

const withDigest = (digest: unknown) => Object.assign(new Error('Dynamic server usage'), { digest });

/** Reads once with a `fetch` that rejects with this error. */
async function read(cause: unknown, init?: () => never): Promise<{ error: unknown; requests: number }> {
  const fetch = vi.fn<FetchLike>(init ?? (() => Promise.reject(cause)));
  const client = createRecordingsClient({ fetch, retries: 1 });
  const reading = client.fetch(requested.roomSid, requested.sid).catch((caught: unknown) => caught);
  await vi.runAllTimersAsync();
  const error: unknown = await reading;
  return { error, requests: fetch.mock.calls.length };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('`fetch()` with an error of a framework', () => {
  it.each([
    { name: 'the dynamic server error of Next.js', error: withDigest('DYNAMIC_SERVER_USAGE') },
    { name: 'a hanging prerender of Next.js', error: withDigest('HANGING_PROMISE_REJECTION') },
    { name: 'an error of Next.js with an empty digest', error: withDigest('') },
    { name: 'a postponed render of React', error: { $$typeof: Symbol.for('react.postpone') } },
  ])('rejects with the same error and does not retry: $name', async ({ error }) => {
    expect(await read(error)).toEqual({ error: error, requests: 1 });
    expect((await read(error)).error).toBe(error);
  });

  it('rejects with the same error if the option `fetch` throws it synchronously', async () => {
    const thrown = withDigest('DYNAMIC_SERVER_USAGE');
    const { error } = await read(undefined, () => {
      throw thrown;
    });
    expect(error).toBe(thrown);
  });

  it.each([
    { name: 'a digest that is not a string', error: withDigest(5) },
    { name: 'a string', error: 'digest' },
    { name: 'null', error: null },
  ])('retries and rejects with `network` for any other error: $name', async ({ error }) => {
    expect(await read(error)).toMatchObject({
      error: { name: 'RecordingsError', code: 'network', cause: error },
      requests: 2,
    });
  });
});
