import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { fetchStorageRange } from '../../src/media/storage-range.ts';

const URL = 'https://media.example.com/RT1?X-Amz-Signature=canary';
const BYTES = Uint8Array.from({ length: 100 }, (_, index) => index);
const ETAG = '"abc"';

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array<ArrayBuffer> | null;
}

/** Requests a range of a storage that responds with `answer`. */
async function read(
  answer: Answer,
  { start, end }: { readonly start: number; readonly end: number } = { start: 10, end: 20 },
  ifMatch?: string,
) {
  const { status = 206, body = BYTES.slice(start, end) } = answer;
  const headers = {
    'Content-Range': `bytes ${start}-${Math.min(end, 100) - 1}/100`,
    ETag: ETAG,
    ...answer.headers,
  };
  const requests: { readonly url: string; readonly init: RequestInit }[] = [];
  const { sleep, now } = createFakeClock();
  const result = fetchStorageRange(
    URL,
    { start, end },
    {
      fetch: async (url, init) => {
        requests.push({ url, init });
        return new Response(body, { status, headers });
      },
      sleep,
      now,
      monotonic: now,
      signal: new AbortController().signal,
      ifMatch,
    },
  );
  return { requests, result: await result.catch((error: unknown) => error) };
}

async function readBytes({ result }: Awaited<ReturnType<typeof read>>): Promise<Uint8Array> {
  if (typeof result !== 'object' || result === null || !('body' in result)) throw result;
  return new Response(result.body as ReadableStream<Uint8Array<ArrayBuffer>>).bytes();
}

describe('a read of the storage', () => {
  it('sends Range and no other header, and does not follow redirects', async () => {
    const { requests } = await read({});
    expect(requests).toMatchObject([
      { url: URL, init: { headers: { range: 'bytes=10-19' }, redirect: 'manual' } },
    ]);
    expect(Object.keys(requests[0]?.init ?? {}).toSorted()).toEqual(['cf', 'headers', 'redirect', 'signal']);
  });

  it('compares a weak ETag like a strong one', async () => {
    const { result } = await read({ headers: { ETag: 'W/"abc"' } }, undefined, 'W/"abc"');
    expect(result).toMatchObject({ etag: 'W/"abc"' });
  });

  it.each([
    { name: 'a 206', answer: {}, range: { start: 10, end: 20 } },
    { name: 'a 206 that ends at the end of the file', answer: {}, range: { start: 90, end: 200 } },
    {
      name: 'a 200 from the start, which is cut',
      answer: { status: 200, body: BYTES, headers: { 'Content-Length': '100' } },
      range: { start: 0, end: 20 },
    },
    {
      name: 'a 206 with more bytes than it announced, which is cut',
      answer: { body: BYTES.slice(10) },
      range: { start: 10, end: 20 },
    },
  ])('returns the bytes and the size of $name', async ({ answer, range }) => {
    const response = await read(answer, range);
    expect(response.result).toMatchObject({ size: 100, etag: ETAG, encrypted: false });
    expect(await readBytes(response)).toEqual(BYTES.slice(range.start, range.end));
  });

  it('returns no ETag if the header is absent or not an ETag', async () => {
    expect((await read({ headers: { ETag: 'abc' } })).result).toMatchObject({ etag: null });
  });

  it('marks a file with the key of its owner as encrypted', async () => {
    const { result } = await read({ headers: { 'x-amz-meta-x-amz-key': 'wrapped' } });
    expect(result).toMatchObject({ encrypted: true });
  });

  it('returns forbidden for a 403', async () => {
    expect((await read({ status: 403 })).result).toBe('forbidden');
  });

  it.each([
    { name: 'a 404', answer: { status: 404 }, error: { reason: 'missing', code: 'media_unavailable' } },
    { name: 'a 410', answer: { status: 410 }, error: { reason: 'missing' } },
    { name: 'a 412', answer: { status: 412 }, error: { reason: 'changed' } },
    {
      name: 'a 416 of an empty file',
      answer: { status: 416, headers: { 'Content-Range': 'bytes */0' } },
      error: { reason: 'empty' },
    },
    {
      name: 'a 416 of a shorter file',
      answer: { status: 416, headers: { 'Content-Range': 'bytes */5' } },
      error: { reason: 'changed' },
    },
    {
      name: 'a second redirect',
      answer: { status: 302, headers: { Location: URL } },
      error: { reason: 'failed', code: 'upstream_redirect' },
    },
    {
      name: 'a 503',
      answer: { status: 503, headers: { 'Retry-After': '7' } },
      error: { reason: 'failed', code: 'upstream_unavailable', retryAfter: 7 },
    },
    { name: 'a 500', answer: { status: 500 }, error: { reason: 'failed', code: 'upstream_error' } },
    { name: 'a 304', answer: { status: 304, body: null }, error: { reason: 'failed' } },
    { name: 'a 400', answer: { status: 400 }, error: { reason: 'failed', code: 'upstream_invalid' } },
    { name: 'a 206 without a body', answer: { body: null }, error: { code: 'upstream_invalid' } },
    {
      name: 'a 200 for a range that begins later',
      answer: { status: 200, headers: { 'Content-Length': '100' } },
      error: { reason: 'failed', code: 'upstream_invalid' },
    },
    ...[
      'bytes 11-19/100',
      'bytes 10-18/100',
      'bytes 10-20/100',
      'bytes 10-19/*',
      'bytes 10-19/15',
      'bytes */100',
      'items 10-19/100',
      'bytes 10-19/1e2',
      '',
    ].map((range) => ({
      name: `the Content-Range "${range}"`,
      answer: { headers: { 'Content-Range': range } },
      error: { reason: 'failed', code: 'upstream_invalid' },
    })),
  ])('fails for $name', async ({ answer, error }) => {
    expect((await read(answer)).result).toMatchObject({ name: 'MediaError', ...error });
  });

  it.each([
    { name: 'another ETag', answer: { headers: { ETag: '"def"' } } },
    { name: 'no ETag', answer: { headers: { ETag: '' } } },
    { name: 'the whole changed file', answer: { status: 200, body: BYTES, headers: { ETag: '"def"' } } },
  ])('fails with the reason "changed" for $name', async ({ answer }) => {
    expect((await read(answer, undefined, ETAG)).result).toMatchObject({ reason: 'changed' });
  });

  it('fails with the reason "empty" for a 200 without bytes', async () => {
    const answer = { status: 200, headers: { 'Content-Length': '0' } };
    expect((await read(answer, { start: 0, end: 20 })).result).toMatchObject({ reason: 'empty' });
  });
});

describe('a read of a storage that does not respond', () => {
  function start(signal: AbortSignal = new AbortController().signal) {
    const clock = createFakeClock();
    let sent: AbortSignal | null | undefined;
    const result = fetchStorageRange(
      URL,
      { start: 0, end: 1 },
      {
        // A fetch that ignores its signal, so that the timeout must not depend on it.
        fetch: (_url, init) => {
          sent = init.signal;
          return new Promise((_, reject) =>
            init.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
          );
        },
        sleep: clock.sleep,
        now: clock.now,
        monotonic: clock.now,
        signal,
        ifMatch: undefined,
      },
    ).catch((error: unknown) => error);
    return { clock, result, isAborted: () => sent?.aborted };
  }

  it('fails after five seconds and aborts the request', async () => {
    const { clock, result, isAborted } = start();
    await clock.advance(4_999);
    expect(isAborted()).toBe(false);
    await clock.advance(1);
    expect(await result).toMatchObject({ reason: 'failed', code: 'upstream_timeout' });
    expect(isAborted()).toBe(true);
  });

  it('aborts the request when the client leaves', async () => {
    const controller = new AbortController();
    const { result, isAborted, clock } = start(controller.signal);
    controller.abort();
    expect(await result).toMatchObject({ reason: 'failed' });
    expect(isAborted()).toBe(true);
    expect(clock.pending()).toBe(0);
  });
});
