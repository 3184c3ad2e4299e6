import type { CacheApi, Sleep } from '@room-recordings/http-cache';
import { decodeIndex, encodeIndex, type MatroskaIndex } from '@room-recordings/matroska';
import { withTimeout } from '../concurrency/timeout.ts';
import type { MediaFile } from './media-file.ts';

/** Milliseconds that a scan waits for the Cache API: less than a scan takes. */
const READ_TIMEOUT_MS = 500;

/** The host of the keys if `PUBLIC_URL` is not set. Nothing fetches a key. */
const RESERVED_ORIGIN = 'https://edge.invalid';

/** The path of the keys. The edge has no route there. */
const INDEX_PATH = '/.room-recordings-cache/media-index/';

/** The header of a stored index that identifies the scanned file. */
const FILE_HEADER = 'x-media-file';

/** Stores the indexes of scanned files for other isolates and for later processes. An error is a miss. */
export interface IndexStore {
  /** Returns the index of a file; undefined if the store has none of these bytes. */
  get(file: MediaFile): Promise<MatroskaIndex | undefined>;
  set(file: MediaFile, index: MatroskaIndex): Promise<void>;
}

/** The services of an index store. */
interface IndexStoreServices {
  readonly cacheApi: CacheApi;
  readonly sleep: Sleep;
  /** Seconds for which an index is stored. */
  readonly lifetimeSeconds: number;
  /** The origin of `PUBLIC_URL`, if it is set: the keys are then on the operator's own host. */
  readonly publicUrl: string | undefined;
}

/**
 * Creates a store in the Cache API, which the isolates of a data center share. An isolate of Workers does not exist for long, and would
 * otherwise scan a file for nearly each player.
 *
 * A recording has one key, so that the index of a replaced file does not remain: on Deno entries do not expire.
 */
export function createIndexStore({
  cacheApi,
  sleep,
  lifetimeSeconds,
  publicUrl = RESERVED_ORIGIN,
}: IndexStoreServices): IndexStore {
  const toUrl = ({ id }: MediaFile): string => `${publicUrl}${INDEX_PATH}${id.roomSid}/${id.sid}`;

  async function read(file: MediaFile): Promise<MatroskaIndex | undefined> {
    const stored = await cacheApi.match(toUrl(file));
    if (stored === undefined) return undefined;
    const bytes = new Uint8Array(await stored.arrayBuffer());
    return stored.headers.get(FILE_HEADER) === identify(file) ? decodeIndex(bytes) : undefined;
  }

  return {
    get: (file) => withTimeout(read(file), READ_TIMEOUT_MS, sleep).catch(() => undefined),
    async set(file, index) {
      const headers = { 'cache-control': `max-age=${lifetimeSeconds}`, [FILE_HEADER]: identify(file) };
      try {
        await cacheApi.put(toUrl(file), new Response(encodeIndex(index), { headers }));
      } catch {
        // The next isolate scans the file itself.
      }
    },
  };
}

function identify({ size, etag }: MediaFile): string {
  return `${size} ${etag ?? ''}`;
}
