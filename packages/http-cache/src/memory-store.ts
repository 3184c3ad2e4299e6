import type { Entry, StoredAnswer } from './entry.ts';
import type { CacheStore } from './store.ts';

/** How much memory a store may hold. */
export interface MemoryStoreOptions {
  /** Bytes of keys, headers, bodies and what keeps them; an eighth of it is for answers of status 400 and above. */
  readonly maxBytes: number;
}

/** A store that answers at once. */
export interface MemoryStore extends CacheStore {
  get(key: string): Entry | undefined;
  peek(key: string): Entry | undefined;
  set(key: string, entry: Entry): void;
  delete(key: string): void;
}

/** The share of the answers that are errors: however many there are, they push no other answer out. */
const ERROR_SHARE = 1 / 8;

/** What V8 keeps besides the bytes themselves, measured by bench/memory.ts and rounded up. */
const BYTES_OF_ENTRY = 200;
const BYTES_OF_ANSWER = 800;
const BYTES_OF_FIELD = 88;

/** Keeps entries in memory, bounded by bytes; the least recently used go first. */
export function memoryStore({ maxBytes }: MemoryStoreOptions): MemoryStore {
  const answers = new LeastRecentlyUsed(maxBytes * (1 - ERROR_SHARE));
  const errors = new LeastRecentlyUsed(maxBytes * ERROR_SHARE);
  const get = (key: string): Entry | undefined => answers.get(key) ?? errors.get(key);
  return {
    maxBodyBytes: answers.maxBytes,
    get,
    peek: get,
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

function isError({ variants }: Entry): boolean {
  return variants.every(({ status }) => status >= 400);
}

interface Kept {
  readonly entry: Entry;
  readonly bytes: number;
}

/** A Map keeps the order in which keys were set: the first is the one not used for longest. */
class LeastRecentlyUsed {
  readonly maxBytes: number;
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  get(key: string): Entry | undefined {
    const kept = this.#kept.get(key);
    if (kept === undefined) return undefined;
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.entry;
  }

  set(key: string, entry: Entry): void {
    const bytes = countBytes(key, entry);
    if (bytes > this.maxBytes) return;
    this.#kept.set(key, { entry, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.maxBytes) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}

function countBytes(key: string, { variants }: Entry): number {
  return variants.reduce((bytes, variant) => bytes + countVariant(variant), BYTES_OF_ENTRY + 2 * key.length);
}

function countVariant({ headers, vary, cacheStatus, body }: StoredAnswer): number {
  let bytes = BYTES_OF_ANSWER + cacheStatus.length + (body?.byteLength ?? 0);
  for (const [name, value] of headers) bytes += BYTES_OF_FIELD + name.length + value.length;
  for (const [name, value] of vary) bytes += BYTES_OF_FIELD + name.length + (value?.length ?? 0);
  return bytes;
}
