import {
  cacheApiStore,
  memoryStore,
  type CacheApi,
  type CacheStore,
  type Delay,
  type Entry,
} from '@room-recordings/http-cache';

/** Reads of the shared cache that are kept track of at once; it is there for a cache that never answers. */
const MOST_READS = 1024;

/** How long what is stale waits for something newer, milliseconds: less than the cache waits for all of the store. */
const LONGEST_WAIT_MS = 30;

/** What the store needs of the outside. */
interface Outside {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly delay: Delay;
}

/**
 * Where answers are kept: in memory, which every isolate or process has for itself, and behind it in the Cache API where
 * there is one, which the isolates of a data centre share and which outlives a deployment.
 *
 * Errors stay in memory alone: a flood of SIDs that lead nowhere must not fill what is shared.
 *
 * @param maxBytes of the memory.
 */
export function recordingsStore(
  maxBytes: number,
  cacheApi: CacheApi | undefined,
  { now, delay }: Outside,
): CacheStore {
  const memory = memoryStore({ maxBytes });
  if (cacheApi === undefined) return memory;
  const shared = cacheApiStore(cacheApi, now);
  /** The reads on their way, by key. What is stored or purged meanwhile takes its key out: the read is then outdated. */
  const reading = new Map<string, Promise<Entry | undefined>>();
  return {
    maxBodyBytes: memory.maxBodyBytes ?? maxBytes,
    peek: (key) => memory.peek(key),
    get(key) {
      const held = memory.get(key);
      if (held === undefined) return readShared(key);
      return isFresh(held, now()) ? held : findNewer(key, held);
    },
    set(key, entry) {
      reading.delete(key);
      memory.set(key, entry);
      return isError(entry) ? shared.delete(key) : shared.set(key, entry);
    },
    delete(key) {
      reading.delete(key);
      memory.delete(key);
      return shared.delete(key);
    },
  };

  /** What is not fresh here may have been refreshed elsewhere; where that cannot be told soon, it is what there is. */
  async function findNewer(key: string, held: Entry): Promise<Entry | undefined> {
    const timer = new AbortController();
    const late = delay(LONGEST_WAIT_MS, timer.signal).then(() => held);
    try {
      return await Promise.race([readShared(key).catch(() => held), late]);
    } finally {
      timer.abort();
    }
  }

  /** Reads once for all who ask meanwhile. The cache in front waits for a moment alone, but what comes late is still kept. */
  function readShared(key: string): Promise<Entry | undefined> {
    const running = reading.get(key);
    if (running !== undefined) return running;
    const read = fetchShared(key, () => reading.get(key) === read && reading.delete(key));
    for (const oldest of reading.keys()) {
      if (reading.size < MOST_READS) break;
      reading.delete(oldest);
    }
    reading.set(key, read);
    return read;
  }

  /** @param land says whether the read is still wanted, and ends it. */
  async function fetchShared(key: string, land: () => boolean): Promise<Entry | undefined> {
    try {
      const entry = await shared.get(key);
      // What came of it meanwhile is newer, also where that is nothing: a late read must not bring back what was deleted.
      const held = memory.get(key);
      if (!land() || entry === undefined || isNewer(held, entry)) return held;
      memory.set(key, entry);
      return entry;
    } finally {
      land();
    }
  }
}

/** Whether all of it may be used without asking (RFC 9111 §4.2). */
function isFresh({ variants }: Entry, now: number): boolean {
  return variants.every(
    ({ storedAt, initialAge, lifetime }) => now - storedAt < (lifetime - initialAge) * 1000,
  );
}

/** Whether what is held here is no older than the other: of one moment, it is what this isolate has seen happen. */
function isNewer(held: Entry | undefined, other: Entry): boolean {
  return held !== undefined && storedAt(held) >= storedAt(other);
}

function storedAt({ variants }: Entry): number {
  return Math.max(...variants.map((stored) => stored.storedAt));
}

function isError({ variants }: Entry): boolean {
  return variants.every(({ status }) => status >= 400);
}
