import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRecordingsClient } from '../src/client.ts';
import type { RecordingsClientOptions } from '../src/http/requester.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

const respondWithExample = () => vi.fn<FetchLike>(async () => Response.json(example));

/** Returns the error that creating a client with these options throws, or undefined. */
function creationError(options: RecordingsClientOptions): unknown {
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

describe('an option that is undefined', () => {
  it('has its default', async () => {
    const fetch = respondWithExample();
    const client = createRecordingsClient({
      baseUrl: undefined,
      allowInsecureHttp: undefined,
      auth: undefined,
      fetch,
      cache: undefined,
      timeoutMs: undefined,
      retries: undefined,
    });
    await client.fetch(requested.roomSid, requested.sid, { signal: undefined });
    await createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    const [explicit, implicit] = fetch.mock.calls.map(([url, init]) => ({ url, ...init, signal: null }));
    expect(explicit).toEqual(implicit);
  });
});

describe('the option `timeoutMs`', () => {
  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 32 + 1])(
    'rejects %d',
    (timeoutMs) => {
      expect(creationError({ timeoutMs })).toMatchObject({
        name: 'RecordingsError',
        code: 'invalid_request',
        message: 'timeoutMs must be an integer from 1 to 2147483647.',
      });
    },
  );

  it.each([1, 2_147_483_647])('accepts %d, and ends a read after that time', async (timeoutMs) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch: FetchLike = () => new Promise(() => undefined);
    const settled = vi.fn();
    const read = createRecordingsClient({ fetch, timeoutMs })
      .fetch(requested.roomSid, requested.sid)
      .finally(settled);
    const ended = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(timeoutMs - 1);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await ended;
  });

  it('rejects a string', () => {
    const timeoutMs = '10' as unknown as number;
    expect(creationError({ timeoutMs })).toMatchObject({ code: 'invalid_request' });
  });
});

describe('the option `retries`', () => {
  it.each([-1, 11, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('rejects %d', (retries) => {
    expect(creationError({ retries })).toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_request',
      message: 'retries must be an integer from 0 to 10.',
    });
  });

  it.each([0, 10])('accepts %d', (retries) => {
    expect(creationError({ retries })).toBeUndefined();
  });
});

describe('the option `allowInsecureHttp`', () => {
  const baseUrl = 'http://edge.internal:8080';

  it.each([{}, { allowInsecureHttp: false }])('is false by default: %j', (options) => {
    expect(creationError({ baseUrl, ...options })).toMatchObject({
      code: 'invalid_request',
      message: 'baseUrl must be https, or http to this machine, or http with allowInsecureHttp.',
    });
  });

  it('allows http to another machine', async () => {
    const fetch = respondWithExample();
    await createRecordingsClient({ baseUrl, allowInsecureHttp: true, fetch }).fetch(
      requested.roomSid,
      requested.sid,
    );
    expect(fetch.mock.calls[0]?.[0]).toBe(
      `http://edge.internal:8080/v1/Rooms/${requested.roomSid}/Recordings/${requested.sid}`,
    );
  });
});

describe('the value that `auth` returns', () => {
  it.each([
    { name: 'a trailing line feed', value: 'Bearer t0k3n\n' },
    { name: 'a line feed', value: 'Bearer t0k3n\nX-Other: 1' },
    { name: 'a carriage return', value: 'Bearer t0k3n\r' },
    { name: 'a tab', value: 'Bearer\tt0k3n' },
    { name: 'a NUL character', value: 'Bearer t0k3n\0' },
    { name: 'a DEL character', value: 'Bearer t0k3n\x7f' },
    { name: 'a letter of Latin-1', value: 'Bearer tökén' },
    { name: 'a letter beyond Latin-1', value: 'Bearer t0k3n…' },
  ])(
    'is rejected with $name: no request is sent and the message does not repeat the value',
    async ({ value }) => {
      const fetch = respondWithExample();
      const read = createRecordingsClient({ auth: () => value, fetch }).fetch(
        requested.roomSid,
        requested.sid,
      );
      await expect(read).rejects.toMatchObject({
        name: 'RecordingsError',
        code: 'invalid_request',
        message:
          'auth must return a string of visible ASCII characters and spaces. Check for a trailing newline.',
      });
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it.each([
    {
      name: 'every visible ASCII character',
      value: String.fromCharCode(...Array.from({ length: 95 }, (_, i) => 32 + i)),
    },
    { name: 'an empty string', value: '' },
  ])('is sent with $name', async ({ value }) => {
    const fetch = respondWithExample();
    await createRecordingsClient({ auth: () => value, fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch.mock.calls[0]?.[1].headers).toMatchObject({ Authorization: value });
  });
});

describe('`auth` that returns a promise', () => {
  it('sends the resolved value, and is called once per read', async () => {
    const auth = vi.fn(async () => 'Bearer t0k3n');
    const fetch = vi
      .fn<FetchLike>(async () => Response.json(example))
      .mockResolvedValueOnce(new Response(null, { status: 503, headers: { 'Retry-After': '0' } }));
    await createRecordingsClient({ auth, fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch.mock.calls.map(([, { headers }]) => headers['Authorization'])).toEqual([
      'Bearer t0k3n',
      'Bearer t0k3n',
    ]);
    expect(auth).toHaveBeenCalledOnce();
  });

  it('rejects a resolved value that a header cannot contain', async () => {
    const fetch = respondWithExample();
    const read = createRecordingsClient({ auth: async () => 'Bearer t0k3n\n', fetch });
    await expect(read.fetch(requested.roomSid, requested.sid)).rejects.toMatchObject({
      code: 'invalid_request',
    });
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
    const fetch = respondWithExample();
    const client = createRecordingsClient({ auth: () => fail(cause), fetch });
    await expect(client.fetch(requested.roomSid, requested.sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'auth_failed',
      message: 'auth failed, so no request was sent. See cause.',
      cause,
    });
    expect(fetch).not.toHaveBeenCalled();
  });

  it('rejects with an error of the framework unchanged', async () => {
    const error = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' });
    const client = createRecordingsClient({ auth: () => Promise.reject(error), fetch: respondWithExample() });
    await expect(client.fetch(requested.roomSid, requested.sid)).rejects.toBe(error);
  });

  it('counts in timeoutMs', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch: FetchLike = () => new Promise(() => undefined);
    const auth = () => new Promise<string>((resolve) => setTimeout(() => resolve('Bearer t0k3n'), 600));
    const read = createRecordingsClient({ auth, fetch, timeoutMs: 1000 }).fetch(
      requested.roomSid,
      requested.sid,
    );
    const settled = vi.fn();
    const rejected = expect(read.finally(settled)).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(999);
    expect(settled).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await rejected;
  });

  it('is abandoned at the timeout if it never settles', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const fetch = respondWithExample();
    const auth = () => new Promise<string>(() => undefined);
    const read = createRecordingsClient({ auth, fetch, timeoutMs: 1000 }).fetch(
      requested.roomSid,
      requested.sid,
    );
    const rejected = expect(read).rejects.toMatchObject({ code: 'timeout' });
    await vi.advanceTimersByTimeAsync(1000);
    await rejected;
    expect(fetch).not.toHaveBeenCalled();
  });

  it('is not called if the signal has already aborted', async () => {
    const auth = vi.fn(() => 'Bearer t0k3n');
    const client = createRecordingsClient({ auth, fetch: respondWithExample() });
    const read = client.fetch(requested.roomSid, requested.sid, { signal: AbortSignal.abort() });
    await expect(read).rejects.toMatchObject({ code: 'aborted' });
    expect(auth).not.toHaveBeenCalled();
  });
});
