import { MOST_RETRIES, READS_PER_RETRY } from './policy.ts';

// In shares of a retry, because tenths do not add up to one.
const MOST_SHARES = MOST_RETRIES * READS_PER_RETRY;

/** Bounds how much retries may add to what the source has to bear: a share of the reads, and a few at once. */
export class RetryBudget {
  #shares = MOST_SHARES;

  /** Counts a read that asks the source. */
  earn(): void {
    this.#add(1);
  }

  /** Takes a retry, where there is one. */
  spend(): boolean {
    if (this.#shares < READS_PER_RETRY) return false;
    this.#shares -= READS_PER_RETRY;
    return true;
  }

  /** Puts back a retry that was taken and not made. */
  giveBack(): void {
    this.#add(READS_PER_RETRY);
  }

  #add(shares: number): void {
    this.#shares = Math.min(this.#shares + shares, MOST_SHARES);
  }
}
