import {
  CONTENTION_WINDOW_MS,
  NOT_FOUND_CREDIT_PER_RESPONSE,
  MAX_NOT_FOUND_BALANCES,
  MAX_NOT_FOUND_CREDIT,
  MAX_NOT_FOUND_DEBT,
  SHARED_NOT_FOUND_PER_SECOND,
} from '../twilio/resilience/policy.ts';

/** What a caller owes for answers of 404, at a time. */
interface Balance {
  /** Answers of 404; below zero for a caller whose reads find something. */
  readonly owed: number;
  readonly at: number;
  readonly missedAt: number;
  readonly foundAt: number;
}

/** What a caller may do while the account's budget of 404s is spent. */
export interface NotFoundAllowance {
  /** Answers of 404 that the caller owes for: its next call may well be one, too. */
  readonly owed: number;
  /** Milliseconds until the caller may go on; 0 for now. */
  readonly wait: number;
  /** Whether its calls have found something of late. */
  readonly isKnown: boolean;
  /** Calls that it may have at a time: one, and one more for each that found something. */
  readonly atATime: number;
}

const NEVER = Number.NEGATIVE_INFINITY;
const NOTHING: Balance = { owed: 0, at: 0, missedAt: NEVER, foundAt: NEVER };

/** How long the number of callers with 404s is used before it is counted again, milliseconds. */
const COUNT_MS = 100;

/**
 * Counts the answers of 404 of each caller against its equal share of what all may have. A 404 costs one, time repays the share,
 * and an answer that finds something earns a tenth. Times are milliseconds.
 */
export class NotFoundBalances {
  /** The caller whose balance changed last is the last one. */
  readonly #balances = new Map<string, Balance>();
  /** Callers that had a 404 of late. */
  #missing = { callers: 0, until: NEVER };

  standing(caller: string, now: number): NotFoundAllowance {
    const share = this.#sharePerSecond(now);
    const { owed, foundAt } = this.#settle(caller, now);
    const isKnown = foundAt > now - CONTENTION_WINDOW_MS;
    // A caller that finds something may owe what its share repays in a second.
    const over = owed - (isKnown ? share : 0);
    return {
      owed: Math.max(0, owed),
      wait: over > 0 ? Math.ceil((over / share) * 1_000) : 0,
      isKnown,
      atATime: 1 + Math.floor(Math.max(0, -owed) / NOT_FOUND_CREDIT_PER_RESPONSE),
    };
  }

  owes(caller: string, now: number): boolean {
    return this.#settle(caller, now).owed > 0;
  }

  /** Books an answer. */
  book(caller: string, isMissing: boolean, now: number): void {
    const { owed, missedAt, foundAt } = this.#settle(caller, now);
    if (isMissing && missedAt <= now - CONTENTION_WINDOW_MS) this.#missing.callers += 1;
    const balance: Balance = isMissing
      ? { owed: Math.min(MAX_NOT_FOUND_DEBT, owed + 1), at: now, missedAt: now, foundAt }
      : {
          owed: Math.max(-MAX_NOT_FOUND_CREDIT, owed - NOT_FOUND_CREDIT_PER_RESPONSE),
          at: now,
          missedAt,
          foundAt: now,
        };
    this.#balances.delete(caller);
    this.#balances.set(caller, balance);
    if (this.#balances.size <= MAX_NOT_FOUND_BALANCES) return;
    const [oldest = ''] = this.#balances.keys();
    this.#balances.delete(oldest);
  }

  #settle(caller: string, now: number): Balance {
    const { owed, at, ...rest } = this.#balances.get(caller) ?? NOTHING;
    // Time repays what is owed, and does not earn anything.
    const repaid = owed <= 0 ? owed : Math.max(0, owed - ((now - at) / 1_000) * this.#sharePerSecond(now));
    return { owed: repaid, at: now, ...rest };
  }

  /** What each caller that had a 404 of late may have in a second. */
  #sharePerSecond(now: number): number {
    if (now >= this.#missing.until) {
      let callers = 0;
      for (const { missedAt } of this.#balances.values())
        if (missedAt > now - CONTENTION_WINDOW_MS) callers += 1;
      this.#missing = { callers, until: now + COUNT_MS };
    }
    return SHARED_NOT_FOUND_PER_SECOND / Math.max(1, this.#missing.callers);
  }
}
