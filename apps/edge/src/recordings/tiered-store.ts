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

/** How long the cache waits for the store before it takes it for a miss, milliseconds: a read of the Cache API may take so long. */
const MAX_WAIT_MS = 100;

/** How long a stale entry waits for a newer one, milliseconds: less than the cache waits for all of the store. */
const MAX_STALE_WAIT_MS = 80;

/** The path below which keys of the Cache API are: the edge serves nothing there. */
const CACHE_PATH = '/.room-recordings-cache/';

/** How old a read of the shared cache may be for others to join it, milliseconds. */
const LONGEST_READ_MS = 1_000;

/** How long a change waits for the one before it, milliseconds: it is then made within the 10 s that the runtime stays awake for. */
const LONGEST_TURN_MS = 5_000;

/** How long a change is thought to be on its way, milliseconds. */
const LONGEST_CHANGE_MS = 10_000;

/** What the store needs of the outside. */
interface Outside {
  /** Milliseconds: a clock that never goes back and starts at the time of the wall clock, since stores outlive a process. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /**
   * The origin of PUBLIC_URL, if it is set: the keys of the Cache API are then on the operator's own host. Without it they are on a
   * reserved host, because the same key must have the same URL in all isolates, whichever host their first request names.
   */
  readonly publicUrl?: string | undefined;
}

/**
 * Where answers are kept: in memory, which every isolate or process has for itself, and behind it in the Cache API where
 * there is one, which the isolates of a data centre share and which outlives a deployment.
 *
 * Errors stay in memory alone: a flood of SIDs that lead nowhere must not fill what is shared.
 *
 * @param maxBytes of the memory.
 * @param limitEntry limits what an older process has stored in the Cache API; by default nothing is limited.
 */
export function createTieredStore(
  maxBytes: number,
  cacheApi: CacheApi | undefined,
  { now, sleep, publicUrl }: Outside,
  limitEntry: ClampEntry = (entry) => entry,
): CacheStore {
  const memory = memoryStore({ maxBytes });
  if (cacheApi === undefined) return memory;
  const shared = cacheApiStore(cacheApi, { now, baseUrl: publicUrl && publicUrl + CACHE_PATH });
  /** What is stored or purged meanwhile ends a read: it is then outdated. */
  const reading = new SingleFlight<CacheEntry | undefined>(LONGEST_READ_MS, now);
  const changing = new SingleFlight<void>(LONGEST_CHANGE_MS, now);
  return {
    maxBodyBytes: memory.maxBodyBytes ?? maxBytes,
    maxWaitMs: MAX_WAIT_MS,
    getSync: (key) => memory.getSync(key),
    get(key) {
      const held = memory.get(key);
      // While a change is on its way, what is shared is older than what is held, be that nothing.
      if (isFreshWhole(held, now()) || changing.get(key) !== undefined) return held;
      return held === undefined ? readShared(key) : findNewer(key);
    },
    set(key, entry) {
      memory.set(key, entry);
      return changeShared(key, isError(entry) ? undefined : entry);
    },
    delete(key) {
      memory.delete(key);
      return changeShared(key, undefined);
    },
  };

  /** What is not fresh here may have been refreshed elsewhere; where that cannot be told soon, it is what is held by then. */
  async function findNewer(key: string): Promise<CacheEntry | undefined> {
    const found = readShared(key).catch(() => memory.get(key));
    return (await withTimeout(found, MAX_STALE_WAIT_MS, sleep)) ?? memory.get(key);
  }

  /**
   * Reads once for all who ask within a second. The cache in front waits for a moment alone; what comes later is still
   * kept, where it comes: on Workers it does not once the request that began to read is over with all its work.
   */
  function readShared(key: string): Promise<CacheEntry | undefined> {
    return reading.get(key) ?? reading.start(key, (isNewest) => fetchShared(key, isNewest));
  }

  async function fetchShared(key: string, isNewest: () => boolean): Promise<CacheEntry | undefined> {
    const found = await shared.get(key);
    const entry = found && limitEntry(found);
    // What came of it meanwhile is newer, also where that is nothing: a late read must not bring back what was deleted.
    const held = memory.get(key);
    if (!isNewest() || entry === undefined || isNewer(held, entry)) return held;
    memory.set(key, entry);
    return entry;
  }

  /**
   * Puts an entry into the shared cache, or deletes what is there. Changes of one key are made one after the other: a slow
   * put must not bring back what was deleted after it. One that hangs is waited for a while, and may still come late.
   */
  function changeShared(key: string, entry: CacheEntry | undefined): Promise<void> {
    reading.forget(key);
    const before = changing.get(key);
    return changing.start(key, async (isNewest) => {
      if (before !== undefined) {
        await withTimeout(before, LONGEST_TURN_MS, sleep).catch(() => undefined);
        // What was overtaken needs not be put. A delete is made all the same: the put that is to come may fail.
        if (entry !== undefined && !isNewest()) return;
      }
      await (entry === undefined ? shared.delete(key) : shared.set(key, entry));
    });
  }
}

/** Whether all of it may be used without asking (RFC 9111 §4.2). */
function isFreshWhole(entry: CacheEntry | undefined, now: number): boolean {
  return entry?.variants.every((stored) => isFresh(stored, currentAge(stored, now))) ?? false;
}

/** Whether what is held here is no older than the other: of one moment, it is what this isolate has seen happen. */
function isNewer(held: CacheEntry | undefined, other: CacheEntry): boolean {
  return held !== undefined && storedAt(held) >= storedAt(other);
}

function storedAt({ variants }: CacheEntry): number {
  return Math.max(...variants.map((stored) => stored.storedAt));
}

function isError({ variants }: CacheEntry): boolean {
  return variants.every(({ status }) => status >= 400);
}

/**
 * The version of what is stored. Entries of the Cache API outlive a deployment, so it changes whenever an answer's bytes or
 * fields do; an older edge that is rolled back to then finds its own.
 */
const STORED_VERSION = '2';

/**
 * Makes the keys of the cache, each a URL: the version of what is stored, where it came from, the public origin in it, and
 * both SIDs. Whatever else changes the stored bytes belongs in here; who asks never does.
 *
 * @param scope names the source and the account.
 * @param hiddenFields what the stored bytes do not show, sorted: whoever hides more never finds what showed it.
 */
export function cacheKeyBuilder(
  scope: readonly string[],
  hiddenFields: readonly string[] = [],
): BuildCacheKey {
  const shown = hiddenFields.length === 0 ? scope : [...scope, `without ${hiddenFields.join()}`];
  const prefix = ['https://edge.invalid', STORED_VERSION, ...shown.map(encodeURIComponent)].join('/');
  return ({ roomSid, sid }, publicUrl) => `${prefix}/${encodeURIComponent(publicUrl)}/${roomSid}/${sid}`;
}
