import type { CacheEntry, StoredResponse, CacheStore } from './store.ts';

/** Options of `memoryStore`. */
export interface MemoryStoreOptions {
  /**
   * The limit of the memory used, bytes: keys, headers, bodies and their overhead. An eighth of it is for responses with a status of
   * 400 or higher. Required.
   */
  readonly maxBytes: number;
}

/** A synchronous store. */
export interface MemoryStore extends CacheStore {
  get(key: string): CacheEntry | undefined;
  getSync(key: string): CacheEntry | undefined;
  set(key: string, entry: CacheEntry): void;
  delete(key: string): void;
}

/** The fraction of the memory for error responses. Any number of errors leaves the rest to other responses. */
const ERROR_FRACTION = 1 / 8;

/** Memory that V8 uses besides the bytes themselves, measured by bench/memory.ts and rounded up. */
const BYTES_PER_ENTRY = 200;
const BYTES_PER_RESPONSE = 800;
const BYTES_PER_HEADER = 88;

/** Creates an in-memory store limited by bytes, with second-chance (CLOCK) eviction. */
export function memoryStore({ maxBytes }: MemoryStoreOptions): MemoryStore {
  const responses = new ClockCache(maxBytes * (1 - ERROR_FRACTION));
  const errors = new ClockCache(maxBytes * ERROR_FRACTION);
  const get = (key: string): CacheEntry | undefined => responses.get(key) ?? errors.get(key);
  return {
    maxBodyBytes: responses.maxBytes,
    get,
    getSync: get,
    set(key, entry) {
      responses.delete(key);
      errors.delete(key);
      (isError(entry) ? errors : responses).set(key, entry);
    },
    delete(key) {
      responses.delete(key);
      errors.delete(key);
    },
  };
}

function isError({ variants }: CacheEntry): boolean {
  return variants.every(({ status }) => status >= 400);
}

interface CachedItem {
  readonly entry: CacheEntry;
  readonly bytes: number;
  isUsed: boolean;
}

/**
 * A Map limited by bytes. It evicts the oldest entry, but an entry that was used since it was inserted is inserted again at the end.
 *
 * It is not LRU: re-inserting a key on every hit leaves tombstones in V8's Map, and a hit among 10,000 keys then takes 100 times as
 * long.
 */
class ClockCache {
  readonly maxBytes: number;
  readonly #items = new Map<string, CachedItem>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get(key: string): CacheEntry | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    item.isUsed = true;
    return item.entry;
  }

  set(key: string, entry: CacheEntry): void {
    const bytes = countBytes(key, entry);
    if (bytes > this.maxBytes) return;
    this.#bytes += bytes;
    for (const [oldest, item] of this.#items) {
      if (this.#bytes <= this.maxBytes) break;
      if (item.isUsed) {
        item.isUsed = false;
        this.#items.delete(oldest);
        this.#items.set(oldest, item);
      } else {
        this.delete(oldest);
      }
    }
    this.#items.set(key, { entry, bytes, isUsed: false });
  }

  delete(key: string): void {
    this.#bytes -= this.#items.get(key)?.bytes ?? 0;
    this.#items.delete(key);
  }
}

function countBytes(key: string, { variants }: CacheEntry): number {
  return variants.reduce(
    (bytes, variant) => bytes + countResponseBytes(variant),
    BYTES_PER_ENTRY + 2 * key.length,
  );
}

function countResponseBytes({ headers, vary, cacheStatus, body }: StoredResponse): number {
  let bytes = BYTES_PER_RESPONSE + cacheStatus.length + (body?.byteLength ?? 0);
  for (const [name, value] of headers) bytes += BYTES_PER_HEADER + name.length + value.length;
  for (const [name, value] of vary) bytes += BYTES_PER_HEADER + name.length + (value?.length ?? 0);
  return bytes;
}
