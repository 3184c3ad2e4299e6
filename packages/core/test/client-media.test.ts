import { describe, expect, it, vi } from 'vitest';
import { basicAuth, bearerAuth } from '../src/http/auth.ts';
import { createRecordingsClient } from '../src/client.ts';
import type { FetchInit, FetchLike } from '../src/http/fetch.ts';
import { requested } from './example.ts';

const { roomSid, sid } = requested;
const MEDIA = `/v1/Rooms/${roomSid}/Recordings/${sid}/Media`;
const STORED = 'https://bucket.s3.amazonaws.com/RT1?X-Amz-Signature=canary';

/** A redirect of Twilio, which has a body too. */
const redirectTo = (location: string) =>
  Response.json({ redirect_to: location }, { status: 302, headers: { Location: location } });

/** A client of Twilio that gets these responses, one after the other. */
function serve(...responses: readonly Response[]) {
  const rest = [...responses];
  const fetch = vi.fn(async (_url: string, _init: unknown) => rest.shift() ?? Response.error());
  return { fetch, client: createRecordingsClient({ auth: basicAuth('SK1', 'secret'), fetch, retries: 0 }) };
}

describe('`media()` of an edge', () => {
  it('resolves with the response, whose body has not been read', async () => {
    const fetch = vi.fn(async () => new Response('bytes', { headers: { ETag: '"1"' } }));
    const client = createRecordingsClient({
      baseUrl: 'https://edge.example.com',
      auth: bearerAuth('t'),
      fetch,
    });
    const response = await client.media(roomSid, sid);
    expect(response.headers.get('ETag')).toBe('"1"');
    expect(response.bodyUsed).toBe(false);
    expect(await response.text()).toBe('bytes');
    expect(fetch).toHaveBeenCalledExactlyOnceWith(`https://edge.example.com${MEDIA}`, {
      headers: { Accept: '*/*', Authorization: 'Bearer t' },
      redirect: 'manual',
      cache: 'no-store',
      signal: expect.any(AbortSignal),
    });
  });

  it.each([
    { format: 'matroska', query: '?format=matroska' },
    { format: 'original', query: '?format=original' },
    { format: undefined, query: '' },
  ] as const)('requests the format $format', async ({ format, query }) => {
    const { client, fetch } = serve(new Response('bytes'));
    await client.media(roomSid, sid, { format });
    expect(fetch).toHaveBeenCalledWith(`https://video.twilio.com${MEDIA}${query}`, expect.anything());
  });

  it.each(['bytes=0-99', 'bytes=100-', 'bytes=-100', 'bytes=0-1, 5-6'])(
    'requests the range %s, and resolves with status 206',
    async (range) => {
      const { client, fetch } = serve(new Response('b', { status: 206 }));
      expect(await client.media(roomSid, sid, { range })).toMatchObject({ status: 206 });
      expect(fetch.mock.calls[0]?.[1]).toMatchObject({ headers: { Accept: '*/*', Range: range } });
    },
  );

  it.each(['', '0-99', 'bytes=a', 'bytes=0-99\r\nX: canary', 'items=0-1'])(
    'rejects the range %j with invalid_request and sends nothing',
    async (range) => {
      const { client, fetch } = serve();
      await expect(client.media(roomSid, sid, { range })).rejects.toMatchObject({
        code: 'invalid_request',
        message: 'range must be a range of bytes, such as bytes=0-499.',
      });
      expect(fetch).not.toHaveBeenCalled();
    },
  );

  it.each([
    { status: 404, error: 'media_not_ready', code: 'not_found' },
    { status: 404, error: 'media_unavailable', code: 'not_found' },
    { status: 410, error: 'recording_deleted', code: 'deleted' },
    { status: 416, error: 'range_not_satisfiable', code: 'invalid_request' },
    { status: 503, error: 'overloaded', code: 'upstream' },
  ])('rejects $error with $code', async ({ status, error, code }) => {
    const headers = { 'Content-Type': 'application/problem+json', 'Retry-After': '7' };
    const body = JSON.stringify({ status, error, detail: 'The reason.' });
    const { client } = serve(new Response(body, { status, headers }));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code,
      edgeCode: error,
      status,
      message: 'The reason.',
      retryAfter: 7,
    });
  });

  it('retries a response of 503', async () => {
    const fetch = vi
      .fn(async () => new Response('bytes'))
      .mockResolvedValueOnce(new Response('', { status: 503 }));
    await expect(createRecordingsClient({ fetch }).media(roomSid, sid)).resolves.toMatchObject({
      status: 200,
    });
  });

  it('rejects a text that is not a SID with invalid_sid', async () => {
    await expect(serve().client.media(roomSid, 'canary')).rejects.toMatchObject({ code: 'invalid_sid' });
  });
});

describe('`media()` of Twilio', () => {
  it('follows the redirect once, with the range and without the credentials', async () => {
    const { client, fetch } = serve(redirectTo(STORED), new Response('b', { status: 206 }));
    expect(await client.media(roomSid, sid, { range: 'bytes=0-0' })).toMatchObject({ status: 206 });
    expect(fetch.mock.calls).toEqual([
      [
        expect.stringContaining(MEDIA),
        expect.objectContaining({ headers: expect.toSatisfy(hasCredentials) }),
      ],
      [
        STORED,
        {
          headers: { Accept: '*/*', Range: 'bytes=0-0' },
          redirect: 'manual',
          cache: 'no-store',
          signal: expect.any(AbortSignal),
        },
      ],
    ]);
  });

  it.each([
    { name: 'a second redirect', status: 302, code: 'upstream' },
    { name: 'an expired URL', status: 403, code: 'upstream' },
    { name: 'a missing object', status: 404, code: 'upstream' },
    { name: 'a range that the file does not have', status: 416, code: 'invalid_request' },
  ])('rejects $name of the storage with $code', async ({ status, code }) => {
    const { client, fetch } = serve(redirectTo(STORED), new Response('<Error/>', { status }));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code,
      status,
      message: `The storage of the media responded with status ${status}.`,
    });
    expect(fetch).toHaveBeenCalledTimes(2);
  });

  it('rejects a response of the storage whose body fails by its status', async () => {
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('Reset.')) });
    const { client } = serve(redirectTo(STORED), new Response(body, { status: 500 }));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({ code: 'upstream', status: 500 });
  });

  it.each([
    { name: 'http', location: 'http://bucket.s3.amazonaws.com/RT1' },
    { name: 'this machine', location: 'http://127.0.0.1/RT1' },
    { name: 'a file', location: 'file:///etc/passwd' },
    { name: 'a relative URL', location: '/RT1' },
  ])('does not follow a redirect to $name', async ({ location }) => {
    const { client, fetch } = serve(redirectTo(location));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code: 'upstream',
      message: 'The server redirected the request to a URL that is not https.',
    });
    expect(fetch).toHaveBeenCalledTimes(1);
  });

  it('follows a redirect to http if the base URL is http', async () => {
    const fetch = vi
      .fn(async (_url: string) => new Response('bytes'))
      .mockResolvedValueOnce(redirectTo('http://127.0.0.1:9000/RT1'));
    await createRecordingsClient({ baseUrl: 'http://127.0.0.1:8787', fetch }).media(roomSid, sid);
    expect(fetch.mock.calls.map(([url]) => url)).toContain('http://127.0.0.1:9000/RT1');
  });

  it('rejects a redirect without a target', async () => {
    const { client } = serve(new Response(null, { status: 302 }));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code: 'upstream',
      message: 'The server sent a redirect, which the client does not follow.',
    });
  });

  it('explains the redirect that a browser hides from a page', async () => {
    const hidden = { status: 0, headers: { get: () => null }, text: async () => '' };
    const client = createRecordingsClient({ fetch: async () => hidden });
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code: 'upstream',
      message: 'A page cannot follow the redirect to the media. Set baseUrl to an edge that proxies media.',
    });
  });

  it('does not take the URL of the media for the media, which an edge with MEDIA=redirect sends to a page', async () => {
    const { client } = serve(Response.json({ redirect_to: STORED }));
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({
      code: 'upstream',
      status: 200,
      message: 'A page cannot follow the redirect to the media. Set baseUrl to an edge that proxies media.',
    });
  });

  it('does not show the URL of the storage in an error', async () => {
    const { client } = serve(redirectTo(STORED), new Response('canary', { status: 403 }));
    const error: unknown = await client.media(roomSid, sid).catch((thrown) => thrown);
    expect(JSON.stringify(error) + String(error)).not.toContain('canary');
  });
});

describe('the time limit of `media()`', () => {
  /** A response whose body never ends, and fails when the signal of the request aborts. */
  const endless = async (_url: string, { signal }: FetchInit) => {
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason));
      },
    });
    return new Response(body);
  };

  const silent: FetchLike = () => new Promise(() => undefined);

  it('ends with the headers', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const response = await createRecordingsClient({ fetch: endless, timeoutMs: 1 }).media(roomSid, sid);
    const failed = vi.fn();
    response.text().catch(failed);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(failed).not.toHaveBeenCalled();
    vi.useRealTimers();
  });

  it('applies to the headers', async () => {
    const client = createRecordingsClient({ fetch: silent, timeoutMs: 1 });
    await expect(client.media(roomSid, sid)).rejects.toMatchObject({ code: 'timeout' });
  });

  it('does not keep the signal from aborting the body', async () => {
    const controller = new AbortController();
    const client = createRecordingsClient({ fetch: endless });
    const response = await client.media(roomSid, sid, { signal: controller.signal });
    const reading = expect(response.text()).rejects.toMatchObject({ code: 'aborted' });
    controller.abort();
    await reading;
  });
});

function hasCredentials(headers: object): boolean {
  return 'Authorization' in headers;
}
