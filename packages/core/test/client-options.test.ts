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
      allowInsecureHttp: undefined,
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

describe('allowInsecureHttp', () => {
  const baseUrl = 'http://edge.internal:8080';

  it.each([{}, { allowInsecureHttp: false }])('is no unless it is said: %j', (options) => {
    expect(refusalOf({ baseUrl, ...options })).toMatchObject({
      code: 'invalid_request',
      message: 'baseUrl must be https, or http to this machine, or http with allowInsecureHttp.',
    });
  });

  it('lets a read go to another machine by http', async () => {
    const fetch = answering();
    await createRecordingsClient({ baseUrl, allowInsecureHttp: true, fetch }).fetch(asked.roomSid, asked.sid);
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
      message:
        'auth must return a string of visible ASCII characters and spaces. Check for a trailing newline.',
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

describe('auth that returns a promise', () => {
  it('sends the resolved value, and is called once per read', async () => {
    const auth = vi.fn(async () => 'Bearer t0k3n');
    const fetch = vi
      .fn<FetchLike>(async () => Response.json(example))
      .mockResolvedValueOnce(new Response(null, { status: 503, headers: { 'Retry-After': '0' } }));
    await createRecordingsClient({ auth, fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls.map(([, { headers }]) => headers['Authorization'])).toEqual([
      'Bearer t0k3n',
      'Bearer t0k3n',
    ]);
    expect(auth).toHaveBeenCalledOnce();
  });

  it('rejects a resolved value that a header cannot contain', async () => {
    const fetch = answering();
    const read = createRecordingsClient({ auth: async () => 'Bearer t0k3n\n', fetch });
    await expect(read.fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({ code: 'invalid_request' });
    expect(fetch).not.toHaveBeenCalled();
  });

  it.each([
    {
      name: 'a rejected promise',
      fail: async (cause: unknown) => {
        throw cause;
      },
    },
    {
      name: 'a thrown error',
      fail: (cause: unknown) => {
        throw cause;
      },
    },
  ])('turns $name into auth_failed with its cause, and sends nothing', async ({ fail }) => {
    const cause = new Error('The session has ended.');
    const fetch = answering();
    const client = createRecordingsClient({ auth: () => fail(cause), fetch });
    await expect(client.fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'auth_failed',
      message: 'auth failed, so no request was sent. See cause.',
      cause,
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('rejects with an error of the framework unchanged', async () => {
    const error = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
    const client = createRecordingsClient({ auth: () => Promise.reject(error), fetch: answering() });
    await expect(client.fetch(asked.roomSid, asked.sid)).rejects.toBe(error);
  });

  it('counts in timeoutMs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch: FetchLike = () => new Promise(() => undefined);
    const auth = () => new Promise<string>((resolve) => setTimeout(() => resolve('Bearer t0k3n'), 600));
    const read = createRecordingsClient({ auth, fetch, timeoutMs: 1000 }).fetch(asked.roomSid, asked.sid);
    const settled = vi.fn();
    const rejected = expect(read.finally(settled)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await rejected;
  });

  it('is abandoned at the timeout if it never settles', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch = answering();
    const auth = () => new Promise<string>(() => undefined);
    const read = createRecordingsClient({ auth, fetch, timeoutMs: 1000 }).fetch(asked.roomSid, asked.sid);
    const rejected = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await rejected;
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is not called if the signal has already aborted', async () => {
    const auth = vi.fn(() => 'Bearer t0k3n');
    const client = createRecordingsClient({ auth, fetch: answering() });
    const read = client.fetch(asked.roomSid, asked.sid, { signal: AbortSignal.abort() });
    await expect(read).rejects.toMatchObject({ code: 'aborted' });
    expect(auth).not.toHaveBeenCalled();
  });
});
