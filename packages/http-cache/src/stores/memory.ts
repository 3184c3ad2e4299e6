import type { CacheEntry, StoredResponse, CacheStore } from './store.ts';

/** How much memory a store may hold. */
export interface MemoryStoreOptions {
  /** Bytes of keys, headers, bodies and what keeps them; an eighth of it is for answers of status 400 and above. */
  readonly maxBytes: number;
}

/** A store that answers at once. */
export interface MemoryStore extends CacheStore {
  get(key: string): CacheEntry | undefined;
  getSync(key: string): CacheEntry | undefined;
  set(key: string, entry: CacheEntry): void;
  delete(key: string): void;
}

/** The share of the answers that are errors: however many there are, they push no other answer out. */
const ERROR_SHARE = 1 / 8;

/** What V8 keeps besides the bytes themselves, measured by bench/memory.ts and rounded up. */
const BYTES_OF_ENTRY = 200;
const BYTES_OF_ANSWER = 800;
const BYTES_OF_FIELD = 88;

/** Keeps entries in memory, bounded by bytes; of the oldest those go first that have not been used since their last turn. */
export function memoryStore({ maxBytes }: MemoryStoreOptions): MemoryStore {
  const answers = new SecondChance(maxBytes * (1 - ERROR_SHARE));
  const errors = new SecondChance(maxBytes * ERROR_SHARE);
  const get = (key: string): CacheEntry | undefined => answers.get(key) ?? errors.get(key);
  return {
    maxBodyBytes: answers.maxBytes,
    get,
    getSync: get,
    set(key, entry) {
      answers.delete(key);
      errors.delete(key);
      (isError(entry) ? errors : answers).set(key, entry);
    },
    delete(key) {
      answers.delete(key);
      errors.delete(key);
    },
  };
}

function isError({ variants }: CacheEntry): boolean {
  return variants.every(({ status }) => status >= 400);
}

interface Kept {
  readonly entry: CacheEntry;
  readonly bytes: number;
  isUsed: boolean;
}

/**
 * What was used goes to the end when its turn to go comes, and not before: a Map that a key is taken out of and put into at
 * every hit looks through the holes that this leaves, and a hit among 10,000 keys then takes a hundred times as long.
 */
class SecondChance {
  readonly maxBytes: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get(key: string): CacheEntry | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    kept.isUsed = true;
    return kept.entry;
  }

  set(key: string, entry: CacheEntry): void {
    const bytes = countBytes(key, entry);
    if (bytes > this.maxBytes) return;
    this.#bytes += bytes;
    for (const [oldest, kept] of this.#kept) {
      if (this.#bytes <= this.maxBytes) break;
      if (kept.isUsed) {
        kept.isUsed = false;
        this.#kept.delete(oldest);
        this.#kept.set(oldest, kept);
      } else {
        this.delete(oldest);
      }
    }
    this.#kept.set(key, { entry, bytes, isUsed: false });
  }

  delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

function countBytes(key: string, { variants }: CacheEntry): number {
  return variants.reduce((bytes, variant) => bytes + countVariant(variant), BYTES_OF_ENTRY + 2 * key.length);
}

function countVariant({ headers, vary, cacheStatus, body }: StoredResponse): number {
  let bytes = BYTES_OF_ANSWER + cacheStatus.length + (body?.byteLength ?? 0);
  for (const [name, value] of headers) bytes += BYTES_OF_FIELD + name.length + value.length;
  for (const [name, value] of vary) bytes += BYTES_OF_FIELD + name.length + (value?.length ?? 0);
  return bytes;
}
