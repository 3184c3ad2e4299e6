import { RETRY_BUDGET_CALLS_PER_RETRY, RETRY_BUDGET_MAX } from './policy.ts';

// In shares of a retry, because tenths do not add up to one.
const MOST_SHARES = RETRY_BUDGET_MAX * RETRY_BUDGET_CALLS_PER_RETRY;

/** Bounds what retries may add to what the source has to bear: a share of the calls that went well, and a few at once. */
export class RetryBudget {
  #shares = MOST_SHARES;

  /** Counts a call that went well. */
  deposit(): void {
    this.#add(1);
  }

  /** Takes a retry, where there is one. */
  tryWithdraw(): boolean {
    if (this.#shares < RETRY_BUDGET_CALLS_PER_RETRY) return false;
    this.#shares -= RETRY_BUDGET_CALLS_PER_RETRY;
    return true;
  }

  /** Puts back a retry that was taken and not made. */
  refund(): void {
    this.#add(RETRY_BUDGET_CALLS_PER_RETRY);
  }

  #add(shares: number): void {
    this.#shares = Math.min(this.#shares + shares, MOST_SHARES);
  }
}
