import {
  cacheApiStore,
  memoryStore,
  type CacheApi,
  type CacheStore,
  type Entry,
} from '@room-recordings/http-cache';

/** Reads of the shared cache that are kept track of at once; it is there for a cache that never answers. */
const MOST_READS = 1024;

/**
 * Where answers are kept: in memory, which every isolate or process has for itself, and behind it in the Cache API where
 * there is one, which the isolates of a data centre share and which outlives a deployment.
 *
 * Errors stay in memory alone: a flood of SIDs that lead nowhere must not fill what is shared.
 *
 * @param maxBytes of the memory.
 */
export function recordingsStore(maxBytes: number, cacheApi: CacheApi | undefined): CacheStore {
  const memory = memoryStore({ maxBytes });
  if (cacheApi === undefined) return memory;
  const shared = cacheApiStore(cacheApi);
  /** The reads on their way, by key. What is stored or purged meanwhile takes its key out: the read is then outdated. */
  const reading = new Map<string, Promise<Entry | undefined>>();
  return {
    maxBodyBytes: memory.maxBodyBytes ?? maxBytes,
    peek: (key) => memory.peek(key),
    get: (key) => memory.get(key) ?? readShared(key),
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
      if (!land()) return memory.get(key);
      if (entry !== undefined) memory.set(key, entry);
      return entry;
    } finally {
      land();
    }
  }
}

function isError({ variants }: Entry): boolean {
  return variants.every(({ status }) => status >= 400);
}
