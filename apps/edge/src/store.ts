import {
  cacheApiStore,
  memoryStore,
  type CacheApi,
  type CacheStore,
  type Entry,
} from '@room-recordings/http-cache';

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
  return {
    maxBodyBytes: memory.maxBodyBytes ?? maxBytes,
    peek: (key) => memory.peek(key),
    get: (key) => memory.get(key) ?? fetchShared(key),
    set(key, entry) {
      memory.set(key, entry);
      return isError(entry) ? shared.delete(key) : shared.set(key, entry);
    },
    delete(key) {
      memory.delete(key);
      return shared.delete(key);
    },
  };

  async function fetchShared(key: string): Promise<Entry | undefined> {
    const entry = await shared.get(key);
    if (entry !== undefined) memory.set(key, entry);
    return entry;
  }
}

function isError({ variants }: Entry): boolean {
  return variants.every(({ status }) => status >= 400);
}
