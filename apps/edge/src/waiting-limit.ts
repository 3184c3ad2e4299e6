/** Requests that may wait at a time: each holds some 16 KiB in Node, whose smallest heaps have less than 100 MiB. */
export const MOST_WAITING = 2_000;

/** Bounds the requests of this process, or isolate, that wait for something: what is cached needs no wait. */
export class WaitingLimit {
  readonly #most: number;
  #waiting = 0;

  constructor(most: number = MOST_WAITING) {
    this.#most = most;
  }

  isFull(): boolean {
    return this.#waiting >= this.#most;
  }

  /** Counts a request for as long as its work takes. */
  async hold<T>(work: () => T | Promise<T>): Promise<T> {
    this.#waiting += 1;
    try {
      return await work();
    } finally {
      this.#waiting -= 1;
    }
  }
}
