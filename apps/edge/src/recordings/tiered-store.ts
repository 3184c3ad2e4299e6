import {
  cacheApiStore,
  currentAge,
  isFresh,
  memoryStore,
  type CacheApi,
  type CacheStore,
  type Sleep,
  type CacheEntry,
} from '@room-recordings/http-cache';
import { SingleFlight } from '../concurrency/single-flight.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import type { BuildCacheKey } from '../routes/router.ts';
import type { ClampEntry } from './cache-control.ts';

/** The time after which the cache treats a read of the store as a miss, milliseconds: a read of the Cache API may take that long. */
const MAX_WAIT_MS = 100;

/** The time that a stale entry waits for a newer one, milliseconds: less than the cache waits for the whole store. */
const MAX_STALE_WAIT_MS = 80;

/** The path of cache keys in the Cache API. The edge has no route there. */
const CACHE_PATH = '/.room-recordings-cache/';

/** Maximum age of a read of the Cache API that other requests join, milliseconds. */
const READ_TIMEOUT_MS = 1_000;

/** The time that a write waits for the write before it, milliseconds. It then ends within the 10 s that the runtime stays awake for. */
const WRITE_QUEUE_TIMEOUT_MS = 5_000;

/** The time after which a write counts as lost, milliseconds. */
const WRITE_TIMEOUT_MS = 10_000;

/** The services that the store uses. */
interface StoreServices {
  /** Milliseconds of a monotonic clock that started at the wall clock's time, because entries outlive a process. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /**
   * The origin of PUBLIC_URL, if it is set: the keys of the Cache API are then on the operator's own host. Otherwise they are on a
   * reserved host, because a key must have the same URL in all isolates, whatever host their first request names.
   */
  readonly publicUrl?: string | undefined;
}

/**
 * Creates a store with two tiers: memory, which each isolate or process has for itself, and the Cache API, which the isolates of a data
 * center share and which outlives a deployment. Without a Cache API it is the memory store.
 *
 * Errors and empty lists are stored in memory only, so that requests for random SIDs cannot fill the shared tier.
 *
 * @param maxBytes the size of the memory.
 * @param clampEntry limits the entries that an older process stored in the Cache API. Default: no limit.
 */
export function createTieredStore(
  maxBytes: number,
  cacheApi: CacheApi | undefined,
  { now, sleep, publicUrl }: StoreServices,
  clampEntry: ClampEntry = (entry) => entry,
): CacheStore {
  const memory = memoryStore({ maxBytes });
  if (cacheApi === undefined) return memory;
  const shared = cacheApiStore(cacheApi, { now, baseUrl: publicUrl && publicUrl + CACHE_PATH });
  /** Ended by a write of the same key, because the result is then outdated. */
  const pendingReads = new SingleFlight<CacheEntry | undefined>(READ_TIMEOUT_MS, now);
  const pendingWrites = new SingleFlight<void>(WRITE_TIMEOUT_MS, now);
  return {
    maxBodyBytes: memory.maxBodyBytes ?? maxBytes,
    maxWaitMs: MAX_WAIT_MS,
    getSync: (key) => memory.getSync(key),
    get(key) {
      const local = memory.get(key);
      // During a write the shared tier is older than memory, even if memory is empty.
      if (isEntryFresh(local, now()) || pendingWrites.get(key) !== undefined) return local;
      return local === undefined ? readFromCacheApi(key) : readFresher(key);
    },
    set(key, entry) {
      memory.set(key, entry);
      return writeToCacheApi(key, isMiss(entry) ? undefined : entry);
    },
    delete(key) {
      memory.delete(key);
      return writeToCacheApi(key, undefined);
    },
  };

  /** Reads an entry that another isolate may have refreshed. If the Cache API is slow or fails, memory is used. */
  async function readFresher(key: string): Promise<CacheEntry | undefined> {
    const found = readFromCacheApi(key).catch(() => memory.get(key));
    return (await withTimeout(found, MAX_STALE_WAIT_MS, sleep)) ?? memory.get(key);
  }

  /**
   * Reads the Cache API once for all requests within a second. The cache waits for a limited time only. A later result is still stored in
   * memory, except on Workers after the request that started the read has ended.
   */
  function readFromCacheApi(key: string): Promise<CacheEntry | undefined> {
    return pendingReads.get(key) ?? pendingReads.start(key, (isNewest) => loadFromCacheApi(key, isNewest));
  }

  async function loadFromCacheApi(key: string, isNewest: () => boolean): Promise<CacheEntry | undefined> {
    const found = await shared.get(key);
    const entry = found && clampEntry(found);
    // If memory changed during this read, memory is newer, even if it is now empty: a late read must not restore a deleted entry.
    const local = memory.get(key);
    if (!isNewest() || entry === undefined || isAtLeastAsNew(local, entry)) return local;
    memory.set(key, entry);
    return entry;
  }

  /**
   * Writes an entry to the Cache API, or deletes it there. Writes of one key run one after the other, because a slow put must not restore
   * an entry that was deleted after it. A write waits for a limited time, so a write that hangs may still take effect later.
   */
  function writeToCacheApi(key: string, entry: CacheEntry | undefined): Promise<void> {
    pendingReads.forget(key);
    const previous = pendingWrites.get(key);
    return pendingWrites.start(key, async (isNewest) => {
      if (previous !== undefined) {
        await withTimeout(previous, WRITE_QUEUE_TIMEOUT_MS, sleep).catch(() => undefined);
        // A superseded put is skipped. A delete is not, because the put after it may fail.
        if (entry !== undefined && !isNewest()) return;
      }
      await (entry === undefined ? shared.delete(key) : shared.set(key, entry));
    });
  }
}

/** Returns whether every variant of an entry is fresh (RFC 9111 §4.2). */
function isEntryFresh(entry: CacheEntry | undefined, now: number): boolean {
  return entry?.variants.every((stored) => isFresh(stored, currentAge(stored, now))) ?? false;
}

/** Returns whether the local entry is as new as the other or newer. Of two entries of one moment, this isolate knows its own. */
function isAtLeastAsNew(local: CacheEntry | undefined, other: CacheEntry): boolean {
  return local !== undefined && storedAt(local) >= storedAt(other);
}

function storedAt({ variants }: CacheEntry): number {
  return Math.max(...variants.map((stored) => stored.storedAt));
}

/** Returns whether an entry is an error, or the empty list or timeline that a room has which does not exist. */
function isMiss({ variants }: CacheEntry): boolean {
  return variants.every(({ status, body }) => status >= 400 || isEmptyList(body));
}

/** Bytes of the longest body of an empty list: its URLs have up to four times the query of the request. */
const MAX_EMPTY_LIST_BYTES = 8_192;

const EMPTY_LIST = /^\{"recordings":\[\],|"tracks":\[\]\}$/;

function isEmptyList(body: Uint8Array | null): boolean {
  if (body === null || body.byteLength > MAX_EMPTY_LIST_BYTES) return false;
  return EMPTY_LIST.test(new TextDecoder().decode(body));
}

/**
 * The version of stored entries. Entries of the Cache API outlive a deployment, so the version changes whenever the bytes or the headers
 * of a response do. An older edge, after a rollback, then finds its own entries.
 */
const STORED_VERSION = '2';

/**
 * Creates the function that builds cache keys. A key is a URL of the version, the source, the public origin and the SIDs. Anything
 * else that changes the stored bytes belongs into the key. Nothing about a client does.
 *
 * @param scope names the source and the account.
 * @param hiddenFields the attributes that are null in the stored bytes, sorted, so that an edge that hides more finds no older entry.
 */
export function createCacheKeyBuilder(
  scope: readonly string[],
  hiddenFields: readonly string[] = [],
): BuildCacheKey {
  const parts = hiddenFields.length === 0 ? scope : [...scope, `without ${hiddenFields.join()}`];
  const prefix = ['https://edge.invalid', STORED_VERSION, ...parts.map(encodeURIComponent)].join('/');
  return ({ kind, id: { roomSid, sid } }, publicUrl) =>
    `${prefix}/${encodeURIComponent(publicUrl)}/${roomSid}/${sid ?? kind}`;
}
