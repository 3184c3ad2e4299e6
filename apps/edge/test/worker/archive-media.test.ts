import { sleep } from '@room-recordings/http-cache';
import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { openR2Media } from '../../src/archive/archive-media.ts';
import { createArchiveMedia } from '../../src/media/media-source.ts';
import { RECORDING_REF } from '../support/recording.ts';

const KEY = `${RECORDING_REF.roomSid}/${RECORDING_REF.sid}`;
const SIZE = 300_000;
const BYTES = Uint8Array.from({ length: SIZE }, (_, index) => (index * 31) % 251);

const open = (start: number, end: number, ifMatch?: string, signal = new AbortController().signal) =>
  createArchiveMedia(openR2Media(env.MEDIA_BUCKET, { now: () => performance.now(), sleep })).open(
    RECORDING_REF,
    { start, end },
    { signal, ifMatch },
  );

beforeEach(async () => {
  await env.MEDIA_BUCKET.put(KEY, BYTES);
});

describe('the R2 bucket of an archive', () => {
  it.each([
    { name: 'the whole object', start: 0, end: SIZE },
    { name: 'the first byte', start: 0, end: 1 },
    { name: 'the last byte', start: SIZE - 1, end: SIZE },
    { name: 'a range that ends after the end of the object', start: 200_000, end: SIZE * 2 },
  ])('returns the bytes of $name', async ({ start, end }) => {
    const { body, size, etag, encrypted } = await open(start, end);
    expect(await new Response(body).bytes()).toEqual(BYTES.slice(start, end));
    expect({ size, encrypted }).toEqual({ size: SIZE, encrypted: false });
    expect(etag).toMatch(/^"[\da-f]{32}"$/);
  });

  it('fails with the reason "missing" and what to do without an object', async () => {
    await env.MEDIA_BUCKET.delete(KEY);
    await expect(open(0, 1)).rejects.toMatchObject({
      reason: 'missing',
      code: 'media_unavailable',
      detail: expect.stringContaining('MEDIA_BUCKET') as string,
    });
  });

  it('fails with the reason "empty" for an object without bytes', async () => {
    await env.MEDIA_BUCKET.put(KEY, '');
    await expect(open(0, 1)).rejects.toMatchObject({ reason: 'empty' });
  });

  it('fails with the reason "changed" for a range after the end', async () => {
    await expect(open(SIZE, SIZE + 1)).rejects.toMatchObject({ reason: 'changed' });
  });

  it('fails with the reason "changed" if the object has another ETag', async () => {
    const { etag, body } = await open(0, 1);
    await body.cancel();
    const again = await open(0, 1, etag ?? '');
    expect(await new Response(again.body).bytes()).toEqual(BYTES.slice(0, 1));
    await env.MEDIA_BUCKET.put(KEY, 'other');
    await expect(open(0, 1, etag ?? '')).rejects.toMatchObject({ reason: 'changed' });
  });

  it('marks an object as encrypted that has the metadata of an encrypted recording', async () => {
    await env.MEDIA_BUCKET.put(KEY, BYTES, { customMetadata: { 'x-amz-key': 'wrapped' } });
    const { body, encrypted } = await open(0, 1);
    await body.cancel();
    expect(encrypted).toBe(true);
  });

  it('fails the stream for a signal that has aborted', async () => {
    const { body } = await open(0, 1, undefined, AbortSignal.abort());
    await expect(new Response(body).bytes()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('fails with upstream_timeout if the bucket does not respond', async () => {
    const never = new Promise<never>(() => undefined);
    const bucket = { get: () => never, head: () => never };
    const media = createArchiveMedia(openR2Media(bucket, { now: () => 0, sleep: () => Promise.resolve() }));
    await expect(
      media.open(RECORDING_REF, { start: 0, end: 1 }, { signal: new AbortController().signal }),
    ).rejects.toMatchObject({ code: 'upstream_timeout' });
  });
});
