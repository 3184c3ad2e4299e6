import { afterEach, describe, expect, it, vi } from 'vitest';
import { basicAuth, bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchLike } from '../src/http/fetch.ts';
import { asked, example } from './example.ts';

const PATH = `/v1/Rooms/${asked.roomSid}/Recordings/${asked.sid}`;

/** A fetch that is always answered with the example. */
const answering = () => vi.fn<FetchLike>(async () => Response.json(example));

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the request', () => {
  it('goes to Twilio once, for JSON, and follows no redirect', async () => {
    const fetch = answering();
    await createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch).toHaveBeenCalledOnce();
    expect(fetch).toHaveBeenCalledWith(`https://video.twilio.com${PATH}`, {
      headers: { Accept: 'application/json' },
      redirect: 'manual',
      cache: 'no-store',
      signal: expect.any(AbortSignal),
    });
  });

  it.each([
    ['https://edge.example.com', 'https://edge.example.com'],
    ['https://edge.example.com/recordings/', 'https://edge.example.com/recordings'],
    ['http://localhost:8787', 'http://localhost:8787'],
  ])('goes to the edge at %s', async (baseUrl, base) => {
    const fetch = answering();
    await createRecordingsClient({ baseUrl, fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch).toHaveBeenCalledWith(base + PATH, expect.anything());
  });

  it.each([
    ['basicAuth', basicAuth('Aladdin', 'open sesame'), 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=='],
    ['bearerAuth', bearerAuth('mF_9.B5f-4.1JqM'), 'Bearer mF_9.B5f-4.1JqM'],
    ['a function of the caller’s', () => 'Signed abc', 'Signed abc'],
  ])('carries the Authorization of %s', async (_what, auth, header) => {
    const fetch = answering();
    await createRecordingsClient({ auth, fetch }).fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls[0]?.[1].headers).toEqual({ Accept: 'application/json', Authorization: header });
  });

  it('asks for the Authorization anew each time, so that a token can be renewed', async () => {
    const fetch = answering();
    const auth = vi.fn(() => 'Bearer 2').mockReturnValueOnce('Bearer 1');
    const recordings = createRecordingsClient({ auth, fetch });
    await recordings.fetch(asked.roomSid, asked.sid);
    await recordings.fetch(asked.roomSid, asked.sid);
    expect(fetch.mock.calls.map(([, { headers }]) => headers)).toEqual([
      expect.objectContaining({ Authorization: 'Bearer 1' }),
      expect.objectContaining({ Authorization: 'Bearer 2' }),
    ]);
  });

  it('is sent by the fetch of the runtime when none is given', async () => {
    const fetch = answering();
    vi.stubGlobal('fetch', fetch);
    await createRecordingsClient().fetch(asked.roomSid, asked.sid);
    expect(fetch).toHaveBeenCalledWith(`https://video.twilio.com${PATH}`, expect.anything());
  });
});

describe('what is never sent', () => {
  it.each([
    ['a room’s unique name', 'DailyStandup', asked.sid, 'roomSid must be RM and 32 hexadecimal digits.'],
    ['a recording for a room', asked.sid, asked.sid, 'roomSid must be RM and 32 hexadecimal digits.'],
    ['a way out of the path', '..', asked.sid, 'roomSid must be RM and 32 hexadecimal digits.'],
    ['a room for a recording', asked.roomSid, asked.roomSid, 'sid must be RT and 32 hexadecimal digits.'],
    ['a longer path', asked.roomSid, `${asked.sid}/Media`, 'sid must be RT and 32 hexadecimal digits.'],
    ['nothing', asked.roomSid, '', 'sid must be RT and 32 hexadecimal digits.'],
  ])('%s', async (_what, roomSid, sid, message) => {
    const fetch = answering();
    const auth = vi.fn(() => 'Bearer 1');
    await expect(createRecordingsClient({ auth, fetch }).fetch(roomSid, sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'invalid_sid',
      message,
    });
    expect(fetch).not.toHaveBeenCalled();
    expect(auth).not.toHaveBeenCalled();
  });

  it('anything at all from a client whose baseUrl would expose the credentials', () => {
    expect(() => createRecordingsClient({ baseUrl: 'http://edge.example.com' })).toThrow(
      expect.objectContaining({ name: 'RecordingsError', code: 'invalid_request' }),
    );
  });
});

describe('the answer', () => {
  it('is the recording', async () => {
    const recordings = createRecordingsClient({ fetch: answering() });
    expect(await recordings.fetch(asked.roomSid, asked.sid)).toEqual({ ...example, codec: 'OPUS' });
  });

  it('may be about the same SIDs in another case', async () => {
    const upper = [`RM${'A'.repeat(32)}`, `RT${'A'.repeat(32)}`] as const;
    expect(await createRecordingsClient({ fetch: answering() }).fetch(...upper)).toMatchObject({
      sid: asked.sid,
      room_sid: asked.roomSid,
    });
  });

  it.each([
    ['mismatch', { ...example, sid: `RT${'b'.repeat(32)}` }],
    ['invalid_response', { ...example, status: 'gone' }],
  ])('is %s when it is another thing, and is asked for once', async (code, body) => {
    const fetch = vi.fn<FetchLike>(async () => Response.json(body));
    await expect(createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      code,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is invalid_response when it is longer than 1 MiB', async () => {
    const fetch = vi.fn<FetchLike>(async () => new Response(' '.repeat(1_048_577)));
    await expect(createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      code: 'invalid_response',
      message: 'The response body is longer than 1048576 bytes or not UTF-8.',
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is an error with what the server said of it', async () => {
    const headers = { 'Twilio-Request-Id': 'RQ1' };
    const body = { code: 20404, message: 'The requested resource was not found', status: 404 };
    const fetch = vi.fn<FetchLike>(async () => Response.json(body, { status: 404, headers }));
    await expect(createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'not_found',
      message: 'The requested resource was not found',
      status: 404,
      requestId: 'RQ1',
    });
  });

  it('is network with its cause when none came', async () => {
    const cause = new TypeError('fetch failed');
    const fetch = vi.fn<FetchLike>().mockRejectedValue(cause);
    const recordings = createRecordingsClient({ fetch, retries: 0 });
    await expect(recordings.fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      name: 'RecordingsError',
      code: 'network',
      message: 'No response was received. Check baseUrl and the network.',
      status: undefined,
      cause,
    });
  });

  it('is network with its status when it broke off halfway, and is asked for once', async () => {
    const cause = new TypeError('terminated');
    const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
    const fetch = vi.fn<FetchLike>(async () => new Response(body));
    await expect(createRecordingsClient({ fetch }).fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      code: 'network',
      status: 200,
      cause,
    });
    expect(fetch).toHaveBeenCalledOnce();
  });

  it('is network when a fetch fails before it gives a promise', async () => {
    const cause = new TypeError('no such cache');
    const fetch = vi.fn<FetchLike>(() => {
      throw cause;
    });
    const recordings = createRecordingsClient({ fetch, retries: 0 });
    await expect(recordings.fetch(asked.roomSid, asked.sid)).rejects.toMatchObject({
      code: 'network',
      cause,
    });
  });
});
