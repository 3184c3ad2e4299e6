import type { Sleep } from '@room-recordings/http-cache';
import {
  createScanner,
  MatroskaError,
  type MatroskaHead,
  type MatroskaIndex,
} from '@room-recordings/matroska';
import { SingleFlight } from '../concurrency/single-flight.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { IndexStore } from './index-store.ts';
import { toMediaError, type MediaFile, type MediaFileOptions, type ReadableFile } from './media-file.ts';
import { MediaError, toReadError, type MediaSource } from './media-source.ts';

/** Scans that run at the same time. Each one holds an index of some megabytes. */
const MAX_CONCURRENT_SCANS = 2;

/** Milliseconds that a scan waits for the ones before it. */
export const SCAN_QUEUE_TIMEOUT_MS = 15_000;

/** Milliseconds between two checks for a free place. A timer of its own outlives the request that it waits for, also on Workers. */
const QUEUE_POLL_MS = 25;

/**
 * Milliseconds of a scan with its wait, after which it counts as lost: less than a server waits for a response. A file of 64 MiB needs
 * a storage that sends 1.2 MB/s.
 */
const SCAN_TIMEOUT_MS = 55_000;

/** Bytes of the indexes in each of two generations. An index of an hour of video has 2.3 MB, and the head made from it 1.8 MB. */
const MAX_CACHED_BYTES = 16_777_216;

/** Bytes of an MP4's head for each frame. */
const HEAD_BYTES_PER_FRAME = 17;

/** Seconds until a client may retry after it waited for a place in vain. */
const OVERLOADED_RETRY_AFTER_SECONDS = 5;

/** A scan that is pending. */
interface PendingScan {
  /** The requests that wait for the scan. The scan ends when none is left. */
  waiters: number;
  readonly controller: AbortController;
}

/** Scans whole files, and caches the indexes of the latest ones. */
export interface MediaScans {
  /** Returns the cached index of a file; undefined if the cache does not have it. */
  peek(file: MediaFile): MatroskaIndex | undefined;
  scan(file: ReadableFile, options: MediaFileOptions): Promise<MatroskaIndex>;
}

/** The services of scans. */
interface MediaScansServices {
  readonly source: MediaSource;
  /** The indexes of other isolates; undefined on a runtime without a Cache API. */
  readonly indexStore: IndexStore | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Creates the scans of a source. Concurrent scans of one file share one read, which ends early only if all of its clients leave. */
export function createMediaScans({
  source,
  indexStore,
  now,
  sleep,
  waitUntil,
}: MediaScansServices): MediaScans {
  const cache = new TwoGenerationCache<MatroskaIndex>({ maxBytes: MAX_CACHED_BYTES });
  const flights = new SingleFlight<MatroskaIndex>(SCAN_TIMEOUT_MS, now);
  const pending = new Map<string, PendingScan>();
  /** The start times of the running scans. */
  const running = new Set<{ readonly since: number }>();

  async function waitForPlace(signal: AbortSignal): Promise<() => void> {
    const deadline = now() + SCAN_QUEUE_TIMEOUT_MS;
    for (;;) {
      signal.throwIfAborted();
      for (const scan of running) if (now() - scan.since >= SCAN_TIMEOUT_MS) running.delete(scan);
      if (running.size < MAX_CONCURRENT_SCANS) break;
      if (now() >= deadline) {
        throw new MediaError('failed', {
          code: 'overloaded',
          detail: 'The edge prepares other media. Retry after the seconds in Retry-After.',
          retryAfter: OVERLOADED_RETRY_AFTER_SECONDS,
        });
      }
      await sleep(QUEUE_POLL_MS, signal);
    }
    const scan = { since: now() };
    running.add(scan);
    return () => void running.delete(scan);
  }

  async function run(file: ReadableFile, options: MediaFileOptions): Promise<MatroskaIndex> {
    // Only an ETag identifies the bytes of a file.
    const store = file.etag === null ? undefined : indexStore;
    const stored = await store?.get(file);
    const index = stored ?? (await readIndex(file, options));
    if (file.etag !== null) cache.set(toKey(file), index, countBytes(index));
    if (stored === undefined && store !== undefined) waitUntil(store.set(file, index));
    return index;
  }

  async function readIndex(file: ReadableFile, options: MediaFileOptions): Promise<MatroskaIndex> {
    const release = await waitForPlace(options.signal);
    try {
      const ifMatch = file.etag ?? undefined;
      const { body } = await source.open(file.id, { start: 0, end: file.size }, { ...options, ifMatch });
      return await scanStream(body, file.head);
    } finally {
      release();
    }
  }

  function start(key: string, file: ReadableFile, options: MediaFileOptions): PendingScan {
    const scan: PendingScan = { waiters: 0, controller: new AbortController() };
    pending.set(key, scan);
    const work = flights.start(key, () => run(file, { ...options, signal: scan.controller.signal }));
    const settled = work.then(
      () => undefined,
      () => undefined,
    );
    waitUntil(settled.then(() => pending.get(key) === scan && pending.delete(key)));
    return scan;
  }

  return {
    peek: (file) => cache.get(toKey(file)),
    async scan(file, options) {
      const key = toKey(file);
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const joined = flights.get(key) === undefined ? undefined : pending.get(key);
      const scan = joined ?? start(key, file, options);
      const result = flights.get(key);
      if (result === undefined) throw new MediaError('failed');
      scan.waiters += 1;
      try {
        const index = await withTimeout(result, SCAN_TIMEOUT_MS, sleep, options.signal);
        if (index === undefined) throw new MediaError('failed', { code: 'upstream_timeout' });
        return index;
      } finally {
        scan.waiters -= 1;
        if (scan.waiters === 0) {
          scan.controller.abort();
          flights.forget(key);
        }
      }
    },
  };
}

function countBytes({ frames, clusters }: MatroskaIndex): number {
  const { offsets, sizes, timestamps, keys } = frames;
  const columns = [offsets, sizes, timestamps, keys, clusters];
  return columns.reduce((sum, { byteLength }) => sum + byteLength, frames.length * HEAD_BYTES_PER_FRAME);
}

function toKey({ id, etag, size }: MediaFile): string {
  return `${id.roomSid}/${id.sid}/${size}/${etag ?? ''}`;
}

async function scanStream(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  head: MatroskaHead,
): Promise<MatroskaIndex> {
  const scanner = createScanner(head);
  try {
    // An error of the scanner ends the loop, which cancels the stream.
    for await (const chunk of body) scanner.push(chunk);
    return scanner.finish();
  } catch (error) {
    throw error instanceof MatroskaError ? toMediaError(error.code, error) : toReadError(error);
  }
}
