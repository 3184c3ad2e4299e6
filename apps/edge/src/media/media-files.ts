import type { RecordingRef } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { MatroskaError, readHead, type MatroskaIndex } from '@room-recordings/matroska';
import { createRunShared } from '../concurrency/single-flight.ts';
import { ExpiringCache, TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import { MISSING_MEDIA_SECONDS } from '../twilio/resilience/policy.ts';
import type { IndexStore } from './index-store.ts';
import { requireHead, type MediaFile, type MediaFileOptions, type ReadableFile } from './media-file.ts';
import { MediaError, toReadError, type ByteRange, type MediaSource } from './media-source.ts';
import { createMediaScans } from './media-scans.ts';

/** Bytes of the first read of a file. The head of Twilio's files is shorter. */
const FIRST_READ_BYTES = 16_384;

/** Milliseconds until the head of a file must be read. */
const HEAD_TIMEOUT_MS = 8_000;

/** Bytes of the heads in each of two generations: about 2,000 files, or eight with the Cues of five minutes of audio. */
const MAX_CACHED_BYTES = 8_388_608;

/** Bytes of a head without its Cues, and of a cue point. */
const HEAD_BYTES = 4_096;
const CUE_POINT_BYTES = 64;

/** The head of a playable file. */
interface MediaFileHead extends ReadableFile {
  /** Seconds; of the scan if the file was scanned, and null if the file does not state it. */
  readonly duration: number | null;
  /** Mutes, as seconds from the first frame; null if the file was not scanned. */
  readonly gaps: MatroskaIndex['gaps'] | null;
}

/** Reads and caches the heads and the indexes of the files of recordings. */
export interface MediaFiles {
  /**
   * Returns a recording's file, also if it cannot be played.
   *
   * @throws {MediaError} if the file cannot be read.
   */
  find(id: RecordingRef, options: MediaFileOptions): Promise<MediaFile>;
  /**
   * Returns the head of a recording's file. A file that Twilio does not have is not looked for again for `MISSING_MEDIA_SECONDS`.
   *
   * @throws {MediaError} if the file cannot be read or played. The reasons `encrypted` and `unreadable` are final.
   */
  head(id: RecordingRef, options: MediaFileOptions): Promise<MediaFileHead>;
  /**
   * Scans a whole file, or returns the index of an earlier scan.
   *
   * @throws {MediaError} if the file cannot be read, or with the code `overloaded` if other scans take too long.
   */
  scan(file: ReadableFile, options: MediaFileOptions): Promise<MatroskaIndex>;
  /** Forgets a file, because its storage has another one now. */
  forget(id: RecordingRef): void;
}

/** The services of media files. */
export interface MediaFilesServices {
  readonly source: MediaSource;
  /** The indexes of other isolates; undefined on a runtime without a Cache API. */
  readonly indexStore: IndexStore | undefined;
  /** Seconds for which a head is used before it is read again. */
  readonly lifetimeSeconds: number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly sleep: Sleep;
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** The result of a shared read, which must not reject. */
type ReadResult = { readonly file: MediaFile } | { readonly error: unknown };

/** Creates the files of a source. Concurrent calls for one file share one read. */
export function createMediaFiles(services: MediaFilesServices): MediaFiles {
  const { source, lifetimeSeconds, now } = services;
  const cache = new TwoGenerationCache<{ readonly file: MediaFile | undefined; readonly until: number }>({
    maxBytes: MAX_CACHED_BYTES,
  });
  const runShared = createRunShared<ReadResult>(HEAD_TIMEOUT_MS, services);
  const scans = createMediaScans(services);
  const missing = new ExpiringCache<MediaError>();

  async function find(id: RecordingRef, options: MediaFileOptions): Promise<MediaFile> {
    const key = toKey(id);
    const cached = cache.get(key);
    if (cached?.file !== undefined && now() < cached.until) return cached.file;
    const result = await runShared(key, (signal) =>
      readFile(source, id, { ...options, signal }).then(
        (file) => ({ file }),
        (error: unknown) => ({ error }),
      ),
    );
    if (result === undefined) throw new MediaError('failed', { code: 'upstream_timeout' });
    if ('error' in result) throw result.error;
    const { file } = result;
    cache.set(key, { file, until: now() + lifetimeSeconds * 1000 }, countBytes(file));
    return file;
  }

  return {
    find,
    async head(id, options) {
      const key = toKey(id);
      const remembered = missing.get(key, now());
      if (remembered !== undefined) throw remembered;
      const file = await find(id, options).catch((error: unknown) => {
        // An archive has no links, and looking for its files costs no call to Twilio.
        const isMissing =
          source.link !== undefined && error instanceof MediaError && error.reason === 'missing';
        if (isMissing) missing.set(key, error, now() + MISSING_MEDIA_SECONDS * 1000);
        throw error;
      });
      const readable = requireHead(file);
      const index = scans.peek(file);
      return {
        ...readable,
        duration: index?.duration ?? readable.head.duration,
        gaps: index?.gaps ?? null,
      };
    },
    scan: (file, options) => scans.scan(file, options),
    forget: ({ roomSid, sid }) =>
      cache.set(toKey({ roomSid, sid }), { file: undefined, until: 0 }, HEAD_BYTES),
  };
}

function countBytes({ head }: MediaFile): number {
  const cuePoints = typeof head === 'object' && head !== null ? head.cuePoints.length : 0;
  return HEAD_BYTES + cuePoints * CUE_POINT_BYTES;
}

function toKey({ roomSid, sid }: RecordingRef): string {
  return `${roomSid}/${sid}`;
}

/** Reads the head of a file. The response to the first read has its size. */
async function readFile(
  source: MediaSource,
  id: RecordingRef,
  options: MediaFileOptions,
): Promise<MediaFile> {
  const range = { start: 0, end: FIRST_READ_BYTES };
  const { body, size, etag, encrypted } = await source.open(id, range, options);
  const file = { id, size, etag, encrypted };
  if (encrypted) {
    body.cancel().catch(() => undefined);
    return { ...file, head: null };
  }
  const first = await readAll(body);
  const read = (start: number, end: number) =>
    end <= first.byteLength || first.byteLength === size
      ? Promise.resolve(first.slice(start, end))
      : readStored(source, file, { start, end }, options);
  try {
    return { ...file, head: await readHead(read, size) };
  } catch (error) {
    if (error instanceof MatroskaError) return { ...file, head: error.code };
    throw error;
  }
}

/**
 * Reads a range of a file into memory.
 *
 * @throws {MediaError} if it cannot be read, or if the storage has another file now.
 */
export async function readStored(
  source: MediaSource,
  { id, etag }: Pick<MediaFile, 'id' | 'etag'>,
  range: ByteRange,
  options: MediaFileOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { body } = await source.open(id, range, { ...options, ifMatch: etag ?? undefined });
  return readAll(body);
}

/**
 * Reads a stream to its end. The caller has limited its length.
 *
 * @throws {MediaError} if the stream fails.
 */
async function readAll(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await new Response(body).arrayBuffer());
  } catch (error) {
    throw toReadError(error);
  }
}
