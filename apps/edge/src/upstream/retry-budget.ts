import { CALLS_PER_RETRY, MOST_RETRIES } from './policy.ts';

// In shares of a retry, because tenths do not add up to one.
const MOST_SHARES = MOST_RETRIES * CALLS_PER_RETRY;

/** Bounds what retries may add to what the source has to bear: a share of the calls that went well, and a few at once. */
export class RetryBudget {
  #shares = MOST_SHARES;

  /** Counts a call that went well. */
  earn(): void {
    this.#add(1);
  }

  /** Takes a retry, where there is one. */
  spend(): boolean {
    if (this.#shares < CALLS_PER_RETRY) return false;
    this.#shares -= CALLS_PER_RETRY;
    return true;
  }

  /** Puts back a retry that was taken and not made. */
  giveBack(): void {
    this.#add(CALLS_PER_RETRY);
  }

  #add(shares: number): void {
    this.#shares = Math.min(this.#shares + shares, MOST_SHARES);
  }
}
