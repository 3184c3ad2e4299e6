import { RecordingsError, type RoomRecording } from '@room-recordings/core';
import { describe, expect, it } from 'vitest';
import { MediaError } from '../../src/media/media-source.ts';
import { createMediaEdge, readSeedMedia } from '../support/media-edge.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { findNothing, PATH, RECORDING } from '../support/recording.ts';

const MEDIA = `${PATH}/Media`;
const VP8 = readSeedMedia('vp8');
const CLUSTER_ID = [0x1f, 0x43, 0xb6, 0x75];

async function readProblem(response: Response): Promise<Readonly<Record<string, unknown>>> {
  return { status: response.status, ...(await response.json()) };
}

describe('the media of a recording without playable media', () => {
  it.each<{ name: string; recording: Partial<RoomRecording>; error: string; status: number; detail: string }>(
    [
      {
        name: 'is processed',
        recording: { status: 'processing' },
        status: 404,
        error: 'media_not_ready',
        detail: 'still processing',
      },
      {
        name: 'failed',
        recording: { status: 'failed' },
        status: 404,
        error: 'media_unavailable',
        detail: 'could not record',
      },
      {
        name: 'was deleted',
        recording: { status: 'deleted' },
        status: 410,
        error: 'recording_deleted',
        detail: 'deleted',
      },
      {
        name: 'is of a data track',
        recording: { type: 'data' },
        status: 404,
        error: 'media_unavailable',
        detail: 'data track',
      },
    ],
  )('a recording that $name is $status $error, without a read of the storage', async (expected) => {
    const { recording, status, error, detail } = expected;
    const edge = createMediaEdge(VP8, recording);
    const response = await edge.request(MEDIA);
    expect(response.headers.get('retry-after')).toBe(error === 'media_not_ready' ? '5' : null);
    expect(await readProblem(response)).toMatchObject({
      status,
      error,
      detail: expect.stringContaining(detail),
    });
    expect(edge.media.ranges).toEqual([]);
  });

  it('a recording that does not exist is 404 not_found', async () => {
    const edge = createMediaEdge(VP8, {}, { source: { read: findNothing } });
    expect(await readProblem(await edge.request(MEDIA))).toMatchObject({ status: 404, error: 'not_found' });
  });

  it('the error of a HEAD request has no body', async () => {
    const edge = createMediaEdge(VP8, {}, { source: { read: findNothing } });
    const response = await edge.request(MEDIA, { method: 'HEAD' });
    expect([response.status, response.body]).toEqual([404, null]);
  });

  it('an edge without a storage of media is 404 media_unavailable', async () => {
    const response = await createInProcessEdge().request(MEDIA);
    expect(await readProblem(response)).toMatchObject({
      status: 404,
      error: 'media_unavailable',
      detail: expect.stringContaining('Operator: set MEDIA to proxy'),
    });
  });

  it.each([
    { name: 'text', bytes: new TextEncoder().encode('not a recording') },
    { name: 'an MP4', bytes: Uint8Array.of(0, 0, 0, 16, 0x66, 0x74, 0x79, 0x70, 0, 0, 0, 0, 0, 0, 0, 0) },
    { name: 'the first 30 bytes of a recording', bytes: VP8.slice(0, 30) },
  ])('a stored file that is $name is unavailable, and can be downloaded', async ({ bytes }) => {
    const edge = createMediaEdge(bytes);
    expect(await readProblem(await edge.request(MEDIA))).toMatchObject({
      status: 404,
      error: 'media_unavailable',
      detail: expect.stringContaining('?format=original'),
    });
    const original = await edge.request(`${MEDIA}?format=original`);
    expect(new Uint8Array(await original.arrayBuffer())).toEqual(bytes);
  });

  it('a file that ends before its first frame is empty', async () => {
    const cluster = VP8.findIndex((_byte, at) => CLUSTER_ID.every((byte, index) => VP8[at + index] === byte));
    const edge = createMediaEdge(VP8.slice(0, cluster));
    expect(await readProblem(await edge.request(MEDIA))).toMatchObject({
      error: 'media_unavailable',
      detail: expect.stringContaining('muted'),
    });
  });

  it('an encrypted file cannot be played, and can be downloaded', async () => {
    const edge = createMediaEdge(VP8);
    edge.media.encrypted = true;
    expect(await readProblem(await edge.request(MEDIA))).toMatchObject({
      error: 'media_unavailable',
      detail: expect.stringContaining('encrypted'),
    });
    expect((await edge.request(`${MEDIA}?format=original`)).status).toBe(200);
    expect(edge.media.openStreams()).toBe(1);
  });

  it.each([
    { error: new MediaError('missing'), status: 404, code: 'media_unavailable' },
    { error: new MediaError('external'), status: 404, code: 'media_unavailable' },
    {
      error: new MediaError('failed', { code: 'upstream_redirect' }),
      status: 502,
      code: 'upstream_redirect',
    },
    {
      error: new MediaError('failed', { code: 'circuit_open', retryAfter: 7 }),
      status: 503,
      code: 'circuit_open',
    },
  ])('the error $error.reason of the storage is $status $code', async ({ error, status, code }) => {
    const edge = createMediaEdge(VP8);
    edge.media.error = error;
    const response = await edge.request(MEDIA);
    expect(response.headers.get('retry-after')).toBe(error.retryAfter === undefined ? null : '7');
    expect(await readProblem(response)).toMatchObject({ status, error: code, detail: error.detail });
    const logged = edge.logEntries.filter(({ event }) => event === 'media.read_failed');
    expect(logged).toHaveLength(status >= 500 ? 1 : 0);
  });

  it('the media of a recording is gone as soon as the cache knows that the recording was deleted', async () => {
    let isDeleted = false;
    const edge = createMediaEdge(
      VP8,
      {},
      {
        source: {
          read: async () => {
            if (isDeleted) throw new RecordingsError('deleted', 'Deleted.', { status: 410 });
            return RECORDING;
          },
        },
      },
    );
    expect((await edge.request(MEDIA, { method: 'HEAD' })).status).toBe(200);
    isDeleted = true;
    await edge.clock.advance(301_000);
    // The first request after the lifetime is served stale, and refreshes the recording.
    await edge.request(MEDIA, { method: 'HEAD' });
    await edge.waitForBackground();
    expect(await readProblem(await edge.request(MEDIA))).toMatchObject({
      status: 410,
      error: 'recording_deleted',
    });
  });
});
