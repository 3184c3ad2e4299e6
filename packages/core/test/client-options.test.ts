import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient, type RecordingsClientOptions } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

const answering = () => vi.fn<FetchLike>(async () => Response.json(example));

/** What making a client with these options throws, or nothing. */
function refusalOf(options: RecordingsClientOptions): unknown {
  try {
    createRecordingsClient(options);
  } catch (error) {
    return error;
  }
  return undefined;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('options that are undefined', () => {
  it('are the same as options that are left out', async () => {
    const fetch = answering();
    const client = createRecordingsClient({
      baseUrl: undefined,
      allowHttp: undefined,
      auth: undefined,
      fetch,
      cache: undefined,
      timeoutMs: undefined,
      retries: undefined,
    });
    await client.fetch(asked.roomSid, asked.sid, { signal: undefined });
    await createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    const [explicit, implicit] = fetch.mock.calls.map(([url, init]) => ({ url, ...init, signal: null }));
    expect(explicit).toEqual(implicit);
  });
});

describe('timeoutMs', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32 + 1])(
    'is not %d',
    (timeoutMs) => {
      expect(refusalOf({ timeoutMs })).toMatchObject({
        name: 'RecordingsError',
        code: 'invalid_request',
        message: 'timeoutMs must be an integer from 1 to 2147483647.',
      });
    },
  );

  it.each([1, 2_147_483_647])('may be %d, and ends a read then', async (timeoutMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch: FetchLike = () => new Promise(() => undefined);
    const settled = vi.fn();
    const read = createRecordingsClient({ fetch, timeoutMs })
      .fetch(asked.roomSid, asked.sid)
      .finally(settled);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
  });

  it('is not a text', () => {
    const timeoutMs = '10' as unknown as number;
    expect(refusalOf({ timeoutMs })).toMatchObject({ code: 'invalid_request' });
  });
});

describe('retries', () => {
  it.each([-1, 11, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('are not %d', (retries) => {
    expect(refusalOf({ retries })).toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_request',
      message: 'retries must be an integer from 0 to 10.',
    });
  });

  it.each([0, 10])('may be %d', (retries) => {
    expect(refusalOf({ retries })).toBeUndefined();
  });
});

describe('allowHttp', () => {
  const baseUrl = 'http://edge.internal:8080';

  it.each([{}, { allowHttp: false }])('is no unless it is said: %j', (options) => {
    expect(refusalOf({ baseUrl, ...options })).toMatchObject({
      code: 'invalid_request',
      message: 'baseUrl must be https, or http to this machine, or http with allowHttp.',
    });
  });

  it('lets a read go to another machine by http', async () => {
    const fetch = answering();
    await createRecordingsClient({ baseUrl, allowHttp: true, fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls[0]?.[0]).toBe(
      `http://edge.internal:8080/v1/Rooms/${asked.roomSid}/Recordings/${asked.sid}`,
    );
  });
});

describe('the Authorization that auth gives', () => {
  it.each([
    ['a line feed at its end', 'Bearer t0k3n\n'],
    ['a line feed inside it', 'Bearer t0k3n\nX-Other: 1'],
    ['a carriage return', 'Bearer t0k3n\r'],
    ['a tab', 'Bearer\tt0k3n'],
    ['a zero', 'Bearer t0k3n\0'],
    ['a delete', 'Bearer t0k3n\x7f'],
    ['a letter of Latin-1', 'Bearer tökén'],
    ['a letter beyond it', 'Bearer t0k3n…'],
  ])('is refused with %s: nothing is sent, nor is the value repeated', async (_what, value) => {
    const fetch = answering();
    const read = createRecordingsClient({ auth: () => value, fetch }).fetch(asked.roomSid, asked.sid);
    await expect(read).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_request',
      message: 'auth gave no text that a header may hold: look for a line feed at its end.',
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    ['every visible ASCII character', String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i))],
    ['nothing at all', ''],
  ])('may hold %s', async (_what, value) => {
    const fetch = answering();
    await createRecordingsClient({ auth: () => value, fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ Authorization: value });
  });
});
