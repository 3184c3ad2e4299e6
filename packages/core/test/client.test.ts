import { afterEach, describe, expect, it, vi } from 'vitest';
import { basicAuth, bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { requested, example } from './example.ts';

const PATH = `/v1/Rooms/${requested.roomSid}/Recordings/${requested.sid}`;

/** A fetch that always responds with the example. */
const respondWithExample = () => vi.fn<FetchLike>(async () => Response.json(example));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the request of `fetch()`', () => {
  it('is sent to Twilio once, accepts JSON and does not follow redirects', async () => {
    const fetch = respondWithExample();
    await createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch).toHaveBeenCalledOnce();
    expect(fetch).toHaveBeenCalledWith(`https://video.twilio.com${PATH}`, {
      headers: { Accept: 'application/json' },
      redirect: 'manual',
      cache: 'no-store',
      signal: expect.any(AbortSignal),
    });
  });

  it.each([
    { baseUrl: 'https://edge.example.com', base: 'https://edge.example.com' },
    { baseUrl: 'https://edge.example.com/recordings/', base: 'https://edge.example.com/recordings' },
    { baseUrl: 'http://localhost:8787', base: 'http://localhost:8787' },
  ])('is sent to the edge at $baseUrl', async ({ baseUrl, base }) => {
    const fetch = respondWithExample();
    await createRecordingsClient({ baseUrl, fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch).toHaveBeenCalledWith(base + PATH, expect.anything());
  });

  it.each([
    {
      name: 'basicAuth',
      auth: basicAuth('Aladdin', 'open sesame'),
      header: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
    },
    { name: 'bearerAuth', auth: bearerAuth('mF_9.B5f-4.1JqM'), header: 'Bearer mF_9.B5f-4.1JqM' },
    { name: 'a custom function', auth: () => 'Signed abc', header: 'Signed abc' },
  ])('has the Authorization header of $name', async ({ auth, header }) => {
    const fetch = respondWithExample();
    await createRecordingsClient({ auth, fetch }).fetch(requested.roomSid, requested.sid);
    expect(fetch.mock.calls[0]?.[1].headers).toEqual({ Accept: 'application/json', Authorization: header });
  });

  it('has a new Authorization value for each read, so that a token can be renewed', async () => {
    const fetch = respondWithExample();
    const auth = vi.fn(() => 'Bearer 2').mockReturnValueOnce('Bearer 1');
    const recordings = createRecordingsClient({ auth, fetch });
    await recordings.fetch(requested.roomSid, requested.sid);
    await recordings.fetch(requested.roomSid, requested.sid);
    expect(fetch.mock.calls.map(([, { headers }]) => headers)).toEqual([
      expect.objectContaining({ Authorization: 'Bearer 1' }),
      expect.objectContaining({ Authorization: 'Bearer 2' }),
    ]);
  });

  it('is sent by the `fetch` of the runtime by default', async () => {
    const fetch = respondWithExample();
    vi.stubGlobal('fetch', fetch);
    await createRecordingsClient().fetch(requested.roomSid, requested.sid);
    expect(fetch).toHaveBeenCalledWith(`https://video.twilio.com${PATH}`, expect.anything());
  });
});

describe('a client', () => {
  it.each([
    {
      name: 'the unique name of a room',
      roomSid: 'DailyStandup',
      sid: requested.sid,
      message: 'roomSid must be RM and 32 hexadecimal digits.',
    },
    {
      name: 'a recording SID as roomSid',
      roomSid: requested.sid,
      sid: requested.sid,
      message: 'roomSid must be RM and 32 hexadecimal digits.',
    },
    {
      name: 'a path segment that changes the path',
      roomSid: '..',
      sid: requested.sid,
      message: 'roomSid must be RM and 32 hexadecimal digits.',
    },
    {
      name: 'a room SID as sid',
      roomSid: requested.roomSid,
      sid: requested.roomSid,
      message: 'sid must be RT and 32 hexadecimal digits.',
    },
    {
      name: 'a SID with a path after it',
      roomSid: requested.roomSid,
      sid: `${requested.sid}/Media`,
      message: 'sid must be RT and 32 hexadecimal digits.',
    },
    {
      name: 'an empty string',
      roomSid: requested.roomSid,
      sid: '',
      message: 'sid must be RT and 32 hexadecimal digits.',
    },
  ])('rejects $name with invalid_sid and sends nothing', async ({ roomSid, sid, message }) => {
    const fetch = respondWithExample();
    const auth = vi.fn(() => 'Bearer 1');
    await expect(createRecordingsClient({ auth, fetch }).fetch(roomSid, sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_sid',
      message,
    });
    expect(fetch).not.toHaveBeenCalled();
    expect(auth).not.toHaveBeenCalled();
  });

  it('is not created if baseUrl would expose the credentials', () => {
    expect(() => createRecordingsClient({ baseUrl: 'http://edge.example.com' })).toThrow(
      expect.objectContaining({ name: 'RecordingsError', code: 'invalid_request' }),
    );
  });
});

describe('the result of `fetch()`', () => {
  it('is the recording', async () => {
    const recordings = createRecordingsClient({ fetch: respondWithExample() });
    expect(await recordings.fetch(requested.roomSid, requested.sid)).toEqual({ ...example, codec: 'OPUS' });
  });

  it('may have the same SIDs in another case', async () => {
    const upper = [`RM${'A'.repeat(32)}`, `RT${'A'.repeat(32)}`] as const;
    expect(await createRecordingsClient({ fetch: respondWithExample() }).fetch(...upper)).toMatchObject({
      sid: requested.sid,
      room_sid: requested.roomSid,
    });
  });

  it.each([
    { code: 'mismatch', body: { ...example, sid: `RT${'b'.repeat(32)}` } },
    { code: 'invalid_response', body: { ...example, status: 'gone' } },
  ])('is the error $code for another body, without a retry', async ({ code, body }) => {
    const fetch = vi.fn<FetchLike>(async () => Response.json(body));
    await expect(
      createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid),
    ).rejects.toMatchObject({
      code,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is the error invalid_response for a body of more than 1 MiB', async () => {
    const fetch = vi.fn<FetchLike>(async () => new Response(' '.repeat(1_048_577)));
    await expect(
      createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid),
    ).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 1048576 bytes or not UTF-8.',
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is an error with the message and request id of the response', async () => {
    const headers = { 'Twilio-Request-Id': 'RQ1' };
    const body = { code: 20404, message: 'The requested resource was not found', status: 404 };
    const fetch = vi.fn<FetchLike>(async () => Response.json(body, { status: 404, headers }));
    await expect(
      createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid),
    ).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'not_found',
      message: 'The requested resource was not found',
      status: 404,
      requestId: 'RQ1',
    });
  });

  it('is the error network with its cause if no response was received', async () => {
    const cause = new TypeError('fetch failed');
    const fetch = vi.fn<FetchLike>().mockRejectedValue(cause);
    const recordings = createRecordingsClient({ fetch, retries: 0 });
    await expect(recordings.fetch(requested.roomSid, requested.sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'network',
      message: 'No response was received. Check baseUrl and the network.',
      status: undefined,
      cause,
    });
  });

  it('is the error network with the status if the connection failed within the body, without a retry', async () => {
    const cause = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    const fetch = vi.fn<FetchLike>(async () => new Response(body));
    await expect(
      createRecordingsClient({ fetch }).fetch(requested.roomSid, requested.sid),
    ).rejects.toMatchObject({
      code: 'network',
      status: 200,
      cause,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is the error network if the option `fetch` throws synchronously', async () => {
    const cause = new TypeError('no such cache');
    const fetch = vi.fn<FetchLike>(() => {
      throw cause;
    });
    const recordings = createRecordingsClient({ fetch, retries: 0 });
    await expect(recordings.fetch(requested.roomSid, requested.sid)).rejects.toMatchObject({
      code: 'network',
      cause,
    });
  });
});
