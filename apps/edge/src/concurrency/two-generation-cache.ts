import { copyString } from './retained-strings.ts';

/** The size of each of the two generations: a number of entries, of characters in the keys, or of bytes of the values. */
export type GenerationLimit =
  | { readonly maxEntries: number }
  | { readonly maxKeyCharacters: number }
  | { readonly maxBytes: number };

interface Entry<T> {
  /** The copy of the key, so that a move to the recent generation keeps the copy. */
  readonly key: string;
  value: T;
  /** The part of a generation that the entry takes. */
  size: number;
}

/**
 * A bounded map. When the recent generation is full, it becomes the older one, and the older one before it is dropped. A read
 * or a write moves an entry to the recent generation, so that the entries that were unused for longest are dropped.
 *
 * Eviction costs one assignment and no search, so a flood of new keys is as cheap as hits. The map copies each key, because a
 * key can be a slice of a much longer header or URL. A value must not keep such slices either.
 */
export class TwoGenerationCache<T> {
  readonly #limit: number;
  /** Undefined if the caller counts the bytes of each value. */
  readonly #toSize: ((key: string) => number) | undefined;
  #recent = new Map<string, Entry<T>>();
  #older: ReadonlyMap<string, Entry<T>> = new Map();
  /** Entries, key characters or bytes of the recent generation. */
  #size = 0;

  constructor(limit: GenerationLimit) {
    if ('maxBytes' in limit) {
      this.#limit = limit.maxBytes;
    } else if ('maxEntries' in limit) {
      this.#limit = limit.maxEntries;
      this.#toSize = () => 1;
    } else {
      this.#limit = limit.maxKeyCharacters;
      this.#toSize = (key) => key.length;
    }
  }

  /** Returns the value of a key; undefined if the map does not hold the key. */
  get(key: string): T | undefined {
    return this.#use(key)?.value;
  }

  /**
   * @param bytes the bytes of the value, if the limit is one of bytes. A value above the limit is not stored.
   */
  set(key: string, value: T, bytes = 0): void {
    const size = this.#toSize?.(key) ?? bytes;
    const entry = this.#use(key);
    if (entry === undefined) {
      if (bytes <= this.#limit) this.#add({ key: copyString(key), value, size });
      return;
    }
    this.#size += size - entry.size;
    entry.value = value;
    entry.size = size;
  }

  #use(key: string): Entry<T> | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return recent;
    const older = this.#older.get(key);
    if (older !== undefined) this.#add(older);
    return older;
  }

  #add(entry: Entry<T>): void {
    const { size } = entry;
    this.#size += size;
    if (this.#size > this.#limit) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#size = size;
    }
    this.#recent.set(entry.key, entry);
  }
}

/** The keys of an `ExpiringCache` are credentials of up to some kilobytes: this limit keeps it below a few megabytes. */
const MAX_KEY_CHARACTERS = 1_048_576;

/**
 * A bounded map of entries that expire. Its keys are credentials: they are compared, and never logged.
 *
 * The times of one instance are milliseconds of one clock: the wall clock for tokens and signed URLs, which expire at a date,
 * and the monotonic clock for room names and denied rooms.
 */
export class ExpiringCache<T> {
  readonly #entries = new TwoGenerationCache<{ readonly value: T; readonly until: number }>({
    maxKeyCharacters: MAX_KEY_CHARACTERS,
  });

  /** Returns the value of a key; undefined if the key is absent or has expired. */
  get(key: string, now: number): T | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && now < entry.until ? entry.value : undefined;
  }

  /** @param until the first time at which the value is expired. */
  set(key: string, value: T, until: number): void {
    this.#entries.set(key, { value, until });
  }
}
