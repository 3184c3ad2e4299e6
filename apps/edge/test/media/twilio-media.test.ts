import { createCue } from '@room-recordings/testing/deferred';
import { describe, expect, it } from 'vitest';
import { serializeError } from '../../src/logging.ts';
import {
  BYTES,
  CANARY,
  createMedia,
  respondWithRange,
  respondWithStart,
  SIZE,
  startUpstream,
  type Respond,
} from '../support/twilio-media.ts';
import { RECORDING_REF } from '../support/recording.ts';

describe('the media of a Twilio account', () => {
  it('is read from the storage by ranges, with one call to Twilio and on one connection', async () => {
    const { open, twilio, storage } = await createMedia();
    for (const [start, end] of [
      [0, 16_384],
      [999_000, 2_000_000],
      [5, 6],
    ] as const) {
      const { body, size, etag } = await open(start, end, { ifMatch: start === 0 ? undefined : '"abc"' });
      expect({ size, etag }).toEqual({ size: SIZE, etag: '"abc"' });
      expect(await new Response(body).bytes()).toEqual(BYTES.slice(start, end));
      // The runtime frees the connection in its next task.
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect([twilio.requests.length, storage.requests.length]).toEqual([1, 3]);
    expect(storage.connections()).toBe(1);
  });

  it('sends the credentials to Twilio, and to the storage only Range and the headers of every fetch', async () => {
    const { open, twilio, storage } = await createMedia();
    for (const ifMatch of [undefined, '"abc"']) await (await open(0, 9, { ifMatch })).body.cancel();
    expect(twilio.requests[0]?.headers).toMatchObject({
      authorization: `Basic ${CANARY}`,
      'user-agent': expect.stringMatching(/^room-recordings\//) as string,
    });
    const headers = await fetchHeaders();
    const added = storage.requests.map((request) =>
      Object.entries(request.headers).filter(([name]) => !headers.has(name)),
    );
    expect(added).toEqual([[['range', 'bytes=0-8']], [['range', 'bytes=0-8']]]);
  });

  it('renews a link once that the storage rejects', async () => {
    const { open, twilio, storage } = await createMedia();
    await (await open(0, 1)).body.cancel();
    storage.setResponse((request, response) => {
      if (request.url?.endsWith(`${CANARY}2`) === true) respondWithRange(request, response);
      else response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    });
    const bodies = await Promise.all([open(0, 1), open(1, 2), open(2, 3)]);
    for (const { body } of bodies) await body.cancel();
    expect(twilio.requests).toHaveLength(2);
  });

  it('fails with 502 after a second 403, and with no part of the URL', async () => {
    const { open, twilio, storage } = await createMedia((_request, response) =>
      response.writeHead(403).end(CANARY),
    );
    const error: unknown = await open(0, 1).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ reason: 'failed', code: 'upstream_error' });
    expect(JSON.stringify([error, String(error), serializeError(error)])).not.toContain(CANARY);
    // The next read makes no call for ten seconds.
    await expect(open(0, 1)).rejects.toMatchObject({ code: 'upstream_error' });
    expect([twilio.requests.length, storage.requests.length]).toEqual([2, 2]);
  });

  it('is not requested from anyone if it is in a bucket of the owner', async () => {
    const { open, media, twilio } = await createMedia();
    const externalLocation = 'https://bucket.example.com/a/';
    const options = { signal: new AbortController().signal, externalLocation };
    await expect(open(0, 1, options)).rejects.toMatchObject({
      reason: 'external',
      code: 'media_unavailable',
    });
    await expect(media.link?.(RECORDING_REF, options)).rejects.toMatchObject({ reason: 'external' });
    expect(twilio.requests).toEqual([]);
  });

  it.each([
    { name: 'a 404', status: 404, error: { reason: 'missing', code: 'media_unavailable' } },
    { name: 'a 410', status: 410, error: { reason: 'missing', code: 'media_unavailable' } },
    { name: 'a 401', status: 401, error: { reason: 'failed', code: 'upstream_auth' } },
    { name: 'a 429', status: 429, error: { reason: 'failed', code: 'upstream_rate_limited', retryAfter: 7 } },
    { name: 'a 503', status: 503, error: { reason: 'failed', code: 'upstream_unavailable', retryAfter: 7 } },
    { name: 'a 200 without a URL', status: 200, error: { reason: 'failed', code: 'upstream_invalid' } },
  ])('fails for $name of Twilio like a recording', async ({ status, error }) => {
    const { open, twilio, storage } = await createMedia();
    twilio.setResponse((_request, response) => response.writeHead(status, { 'Retry-After': '7' }).end('{}'));
    await expect(open(0, 1)).rejects.toMatchObject(error);
    expect(storage.requests).toEqual([]);
  });

  it('is not requested from a host that is not listed, and the storage may not redirect', async () => {
    const other = await startUpstream(respondWithRange);
    const redirect: Respond = (_request, response) =>
      response.writeHead(302, { Location: `http://${other.host}/a` }).end();
    const first = await createMedia();
    first.twilio.setResponse(redirect);
    await expect(first.open(0, 1)).rejects.toMatchObject({
      code: 'upstream_redirect',
      detail: expect.stringContaining('MEDIA_HOSTS') as string,
    });
    const second = await createMedia(redirect);
    await expect(second.open(0, 1)).rejects.toMatchObject({ code: 'upstream_redirect' });
    expect(other.requests).toEqual([]);
  });

  it('does not count reads of the storage for the circuit breaker of the account', async () => {
    const { open, account, storage } = await createMedia((_request, response) =>
      response.writeHead(500).end(),
    );
    for (let nth = 0; nth < 25; nth += 1)
      await expect(open(0, 1)).rejects.toMatchObject({ code: 'upstream_error' });
    expect(storage.requests).toHaveLength(25);
    expect(account.breaker.retryAfterMs(performance.now())).toBe(0);
  });

  it('has a link for a redirect to the storage', async () => {
    const { media, storage } = await createMedia();
    const { signal } = new AbortController();
    expect(await media.link?.(RECORDING_REF, { signal })).toMatch(`http://${storage.host}/AC1/RT1?`);
  });
});

describe('a read of the storage over a socket', () => {
  it('ends when the signal aborts before the headers', async () => {
    const requested = createCue();
    const closed = createCue();
    const { open } = await createMedia((_request, response) => {
      response.on('close', () => closed.give());
      requested.give();
    });
    const controller = new AbortController();
    const result = open(0, 1, { signal: controller.signal }).catch((error: unknown) => error);
    await requested.take();
    controller.abort();
    await closed.take();
    expect(await result).toMatchObject({ reason: 'failed' });
  });

  it('fails after the first bytes if the connection breaks, and never ends cleanly', async () => {
    const started = createCue();
    const { open } = await createMedia((request, response) => {
      respondWithStart(request, response);
      void started.take().then(() => response.destroy());
    });
    const reader = (await open(0, SIZE)).body.getReader();
    expect((await reader.read()).value).toEqual(BYTES.slice(0, 1_000));
    started.give();
    await expect(reader.read()).rejects.toMatchObject({ code: 'network' });
  });
});

/** Returns the names of the headers that every fetch of the runtime sends. */
async function fetchHeaders(): Promise<ReadonlySet<string>> {
  const { host, requests } = await startUpstream((_request, response) => response.end());
  await fetch(`http://${host}/`, { headers: { range: 'bytes=0-8' } });
  return new Set(Object.keys(requests[0]?.headers ?? {}).filter((name) => name !== 'range'));
}
