import type { RecordingRef } from '@room-recordings/core';
import type { CacheApi } from '@room-recordings/http-cache';
import { readHead } from '@room-recordings/matroska';
import { createDeferred } from '@room-recordings/testing/deferred';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { createIndexStore } from '../../src/media/index-store.ts';
import type { ReadableFile } from '../../src/media/media-file.ts';
import { createMediaScans } from '../../src/media/media-scans.ts';
import { createFakeMedia, readSeedMedia } from '../support/media-edge.ts';
import { parseTarget, PATH } from '../support/recording.ts';

const H264 = readSeedMedia('h264');
const FILE: ReadableFile = {
  id: parseTarget(PATH).id as RecordingRef,
  size: H264.byteLength,
  etag: '"stored"',
  encrypted: false,
  head: await readHead((start, end) => Promise.resolve(H264.slice(start, end)), H264.byteLength),
};

/** A Cache API in memory. */
function createCacheApi() {
  const stored = new Map<string, Response>();
  const api: CacheApi = {
    match: (url) => Promise.resolve(stored.get(url)?.clone()),
    put: (url, response) => Promise.resolve(void stored.set(url, response)),
    delete: (url) => Promise.resolve(stored.delete(url)),
  };
  return { stored, api };
}

/** Creates the scans of an isolate, which has a memory of its own. */
function createIsolate(cacheApi: CacheApi) {
  const media = createFakeMedia(H264);
  const clock = createFakeClock();
  const indexStore = createIndexStore({
    cacheApi,
    sleep: clock.sleep,
    lifetimeSeconds: 3_900,
    publicUrl: 'https://edge.example',
  });
  const background: Promise<unknown>[] = [];
  const scans = createMediaScans({
    source: media,
    indexStore,
    ...clock,
    waitUntil: (work) => void background.push(work),
  });
  const scan = (file: ReadableFile = FILE) => scans.scan(file, { signal: new AbortController().signal });
  return { media, clock, scan, settle: () => Promise.all(background) };
}

describe('the indexes in the Cache API', () => {
  it('an isolate uses the index that another one stored, and does not read the file', async () => {
    const { api, stored } = createCacheApi();
    const first = createIsolate(api);
    const index = await first.scan();
    await first.settle();
    const [[url, response] = []] = [...stored];
    expect(url).toBe(
      `https://edge.example/.room-recordings-cache/media-index/${FILE.id.roomSid}/${FILE.id.sid}`,
    );
    expect(response?.headers.get('cache-control')).toBe('max-age=3900');

    const second = createIsolate(api);
    expect(await second.scan()).toEqual(index);
    expect(second.media.ranges).toEqual([]);
  });

  it('the index of another file of the recording is replaced', async () => {
    const { api, stored } = createCacheApi();
    const first = createIsolate(api);
    await first.scan();
    await first.settle();
    const second = createIsolate(api);
    second.media.etag = '"new"';
    await second.scan({ ...FILE, etag: '"new"' });
    await second.settle();
    expect(second.media.ranges).toHaveLength(1);
    expect([...stored.values()].map(({ headers }) => headers.get('x-media-file'))).toEqual([
      `${H264.byteLength} "new"`,
    ]);
  });

  it('a file without an ETag has no stored index', async () => {
    const { api, stored } = createCacheApi();
    const { media, scan, settle } = createIsolate(api);
    media.etag = null;
    await scan({ ...FILE, etag: null });
    await settle();
    expect(stored.size).toBe(0);
  });

  it.each([
    { name: 'fails', match: () => Promise.reject(new Error('The cache failed.')) },
    {
      name: 'throws',
      match: () => {
        throw new Error('The cache failed.');
      },
    },
    {
      name: 'has a damaged index',
      match: () =>
        Promise.resolve(
          new Response(Uint8Array.of(1, 255), { headers: { 'x-media-file': `${H264.byteLength} "stored"` } }),
        ),
    },
  ])('if the Cache API $name, the file is scanned', async ({ match }) => {
    const put = () => Promise.reject(new Error('The cache failed.'));
    const { media, scan, settle } = createIsolate({ ...createCacheApi().api, match, put });
    expect((await scan()).frames.length).toBeGreaterThan(0);
    await settle();
    expect(media.ranges).toHaveLength(1);
  });

  it('if the Cache API does not respond within half a second, the file is scanned', async () => {
    const match = () => createDeferred<Response>().promise;
    const { media, clock, scan } = createIsolate({ ...createCacheApi().api, match });
    const index = scan();
    await clock.advance(500);
    expect((await index).frames.length).toBeGreaterThan(0);
    expect(media.ranges).toHaveLength(1);
  });
});
