/** Creates a generator of keys from 0 on. Key n is drawn in proportion to 1/(n + 1): Zipf's law with exponent 1. */
export function createZipf(keys: number, random: () => number): () => number {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let index = 0; index < keys; index += 1) {
    sum += 1 / (index + 1);
    sums[index] = sum;
  }
  return () => {
    const drawn = random() * sum;
    let [low, high] = [0, keys - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? 0) > drawn) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** A cache that evicts the least recently used key: the theoretical reference. */
export class Lru {
  readonly #capacity: number;
  readonly #keys = new Set<number>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds a key, and returns whether it was present before. */
  use(key: number): boolean {
    const wasPresent = this.#keys.delete(key);
    this.#keys.add(key);
    if (this.#keys.size > this.#capacity) {
      for (const oldest of this.#keys) {
        this.#keys.delete(oldest);
        break;
      }
    }
    return wasPresent;
  }
}
