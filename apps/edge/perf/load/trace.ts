/** Draws keys 0, 1, 2 … of which the nth is asked for in proportion to 1/(n + 1): Zipf's law with exponent 1. */
export function zipf(keys: number, random: () => number): () => number {
  const sums = new Float64Array(keys);
  let sum = 0;
  for (let nth = 0; nth < keys; nth += 1) {
    sum += 1 / (nth + 1);
    sums[nth] = sum;
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

/** A store of so many places that lets go of the least recently used: what theory compares with. */
export class Lru {
  readonly #room: number;
  readonly #kept = new Set<number>();

  constructor(room: number) {
    this.#room = room;
  }

  /** Whether a key was there; it is now. */
  use(key: number): boolean {
    const isThere = this.#kept.delete(key);
    this.#kept.add(key);
    if (this.#kept.size > this.#room) {
      for (const oldest of this.#kept) {
        this.#kept.delete(oldest);
        break;
      }
    }
    return isThere;
  }
}
