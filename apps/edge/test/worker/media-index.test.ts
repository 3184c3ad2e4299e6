import { sleep } from '@room-recordings/http-cache';
import type { MatroskaIndex } from '@room-recordings/matroska';
import { expect, it } from 'vitest';
import { createIndexStore } from '../../src/media/index-store.ts';
import { RECORDING_REF } from '../support/recording.ts';

const FILE = { id: RECORDING_REF, size: 1_000, etag: '"stored"', encrypted: false, head: null };

const INDEX: MatroskaIndex = {
  frames: {
    length: 2,
    offsets: Float64Array.of(500, 600),
    sizes: Uint32Array.of(90, 80),
    timestamps: Float64Array.of(20_800, 20_833),
    keys: Uint8Array.of(1, 0),
  },
  clusters: Float64Array.of(480),
  end: 680,
  lastTimestamp: 20_833,
  lastDuration: 33,
  duration: 0.066,
  gaps: [[1, 2.5]],
  hasOpenClusters: false,
};

it('the Cache API of workerd returns the index that was stored for the same file, and none for another file', async () => {
  const store = createIndexStore({
    cacheApi: await caches.open('media-index'),
    sleep,
    lifetimeSeconds: 60,
    publicUrl: undefined,
  });
  expect(await store.get(FILE)).toBeUndefined();
  await store.set(FILE, INDEX);
  expect(await store.get(FILE)).toEqual(INDEX);
  expect(await store.get({ ...FILE, etag: '"new"' })).toBeUndefined();
  expect(await store.get({ ...FILE, size: 1_001 })).toBeUndefined();
});
