import { MOST_RETRIES, READS_PER_RETRY } from './policy.ts';

/** Bounds how much retries may add to what the source has to bear: a share of the reads, and a few at once. */
export class RetryBudget {
  // In shares of a retry, because tenths do not add up to one.
  #shares = MOST_RETRIES * READS_PER_RETRY;

  /** Counts a read. */
  earn(): void {
    this.#shares = Math.min(this.#shares + 1, MOST_RETRIES * READS_PER_RETRY);
  }

  /** Takes a retry, where there is one. */
  spend(): boolean {
    if (this.#shares < READS_PER_RETRY) return false;
    this.#shares -= READS_PER_RETRY;
    return true;
  }
}
