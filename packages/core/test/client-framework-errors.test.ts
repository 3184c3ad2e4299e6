import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked } from './example.ts';

const withDigest = (digest: unknown) => Object.assign(new Error('Dynamic server usage'), { digest });

/** Reads once with a `fetch` that fails in this way. */
async function read(fault: unknown, init?: () => never): Promise<{ error: unknown; requests: number }> {
  const fetch = vi.fn<FetchLike>(init ?? (() => Promise.reject(fault)));
  const client = createRecordingsClient({ fetch, retries: 1 });
  const reading = client.fetch(asked.roomSid, asked.sid).catch((caught: unknown) => caught);
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

describe('an error by which a framework ends a render', () => {
  it.each([
    { what: 'the dynamic server error of Next.js', fault: withDigest('DYNAMIC_SERVER_USAGE') },
    { what: 'a hanging prerender of Next.js', fault: withDigest('HANGING_PROMISE_REJECTION') },
    { what: 'an error of Next.js with an empty digest', fault: withDigest('') },
    { what: 'a postponed render of React', fault: { $$typeof: Symbol.for('react.postpone') } },
  ])('is thrown as it is, without a retry: $what', async ({ fault }) => {
    expect(await read(fault)).toEqual({ error: fault, requests: 1 });
    expect((await read(fault)).error).toBe(fault);
  });

  it('is thrown as it is when `fetch` throws it before it returns a promise', async () => {
    const fault = withDigest('DYNAMIC_SERVER_USAGE');
    const { error } = await read(undefined, () => {
      throw fault;
    });
    expect(error).toBe(fault);
  });

  it.each([
    { what: 'a digest that is not a text', fault: withDigest(5) },
    { what: 'a text', fault: 'digest' },
    { what: 'null', fault: null },
  ])('is not $what: the read is retried and ends as `network`', async ({ fault }) => {
    expect(await read(fault)).toMatchObject({
      error: { name: 'RecordingsError', code: 'network', cause: fault },
      requests: 2,
    });
  });
});
