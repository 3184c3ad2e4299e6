import { copyString } from './retained-strings.ts';

/** Characters of keys in each of two generations: what is remembered stays below a few megabytes. */
const MOST_CHARACTERS = 1_048_576;

interface Entry<T> {
  /** The key itself, so that a move to the recent half keeps the copy. */
  readonly key: string;
  readonly value: T;
  readonly until: number;
}

/**
 * Remembers what was found out, each until its own end, and forgets what was not asked for the longest when it is full.
 * Keys are credentials: they are compared and never shown. A key is copied, and a value has to own its bytes. Times are
 * milliseconds of one clock for each instance: the wall clock for tokens and signed URLs, which end at a date, and the clock for
 * durations for the names of rooms and for refusals.
 */
export class TwoGenerationCache<T> {
  #recent = new Map<string, Entry<T>>();
  #older: ReadonlyMap<string, Entry<T>> = new Map();
  #characters = 0;

  recall(key: string, now: number): T | undefined {
    const recent = this.#recent.get(key);
    if (recent !== undefined) return now < recent.until ? recent.value : undefined;
    const older = this.#older.get(key);
    if (older === undefined || now >= older.until) return undefined;
    this.#keepCopy(older.key, older);
    return older.value;
  }

  keep(key: string, value: T, until: number): void {
    const copy = copyString(key);
    this.#keepCopy(copy, { key: copy, value, until });
  }

  #keepCopy(key: string, entry: Entry<T>): void {
    if (!this.#recent.has(key)) this.#characters += key.length;
    if (this.#characters > MOST_CHARACTERS) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#characters = key.length;
    }
    this.#recent.set(key, entry);
  }
}
