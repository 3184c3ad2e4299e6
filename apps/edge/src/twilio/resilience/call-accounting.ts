import {
  LOST_CALL_TIMEOUT_MS,
  MAX_CONCURRENT_CALLS,
  MAX_NOT_FOUND_PER_SECOND,
  MAX_CALLS_PER_SECOND,
  CONTENTION_WINDOW_MS,
  NOT_FOUND_CREDIT_PER_RESPONSE,
  MAX_NOT_FOUND_BALANCES,
  MAX_NOT_FOUND_CREDIT,
  MAX_NOT_FOUND_DEBT,
  SHARED_NOT_FOUND_PER_SECOND,
} from './policy.ts';

const SECOND_MS = 1_000;

/** A call that is counted. */
export interface CountedCall {
  readonly caller: string;
  /** Ends it; `isMissing` for an answer of 404. */
  end(isMissing: boolean, now: number): void;
}

/** How long each cap keeps one more call from being made, milliseconds; 0 for a cap that allows it now. */
export interface CallWaits {
  readonly running: number;
  readonly started: number;
  readonly missing: number;
}

interface Start {
  readonly at: number;
  readonly caller: string;
}

/**
 * Counts the calls to an account, so that a crowd cannot spend its limits. Times are milliseconds.
 */
export class CallCounter {
  /** When the calls that run began. On Workers one may be gone together with its request, and never end. */
  readonly #running = new Map<CountedCall, number>();
  /** The calls that began in the last second. */
  #started: readonly Start[] = [];
  /**
   * What the last answers of 404 are booked as. No more than a second may have are booked in any second: those of calls
   * that ran at the same time are booked into the seconds to come, which are spent then.
   */
  #missing: readonly number[] = [];

  /** Milliseconds until one more call is not too much; 0 for one that may be made now. */
  wait(now: number): number {
    const { running, started, missing } = this.waits(now);
    return Math.max(running, started, missing);
  }

  /** The wait of each cap. */
  waits(now: number): CallWaits {
    this.#started = this.#started.filter(({ at }) => at > now - SECOND_MS);
    this.#forgetLost(now);
    return {
      // Nobody knows when one of them ends.
      running: this.#running.size >= MAX_CONCURRENT_CALLS ? SECOND_MS : 0,
      started: Math.max(
        0,
        nextAt(
          this.#started.map(({ at }) => at),
          MAX_CALLS_PER_SECOND,
        ) - now,
      ),
      missing: Math.max(0, nextAt(this.#missing, MAX_NOT_FOUND_PER_SECOND) - now),
    };
  }

  /** Answers of 404 that are booked in the last second or later. */
  countMissing(now: number): number {
    return this.#missing.filter((at) => at > now - SECOND_MS).length;
  }

  /** The callers of the calls that run, one for each call. */
  runningCallers(): readonly string[] {
    return [...this.#running.keys()].map(({ caller }) => caller);
  }

  /** The callers of the calls that began in the second before `waits()` was last called, one for each call. */
  startedCallers(): readonly string[] {
    return this.#started.map(({ caller }) => caller);
  }

  begin(now: number, caller = ''): CountedCall {
    const call: CountedCall = {
      caller,
      end: (isMissing, at) => {
        this.#running.delete(call);
        if (isMissing) this.#bookMissing(at);
      },
    };
    this.#running.set(call, now);
    this.#started = [...this.#started, { at: now, caller }];
    return call;
  }

  #bookMissing(now: number): void {
    const at = Math.max(now, nextAt(this.#missing, MAX_NOT_FOUND_PER_SECOND));
    this.#missing = [...this.#missing, at].slice(-MAX_NOT_FOUND_PER_SECOND);
  }

  #forgetLost(now: number): void {
    for (const [call, since] of this.#running)
      if (now - since >= LOST_CALL_TIMEOUT_MS) this.#running.delete(call);
  }
}

/** When one more would be no more than `most` in a second. */
function nextAt(times: readonly number[], most: number): number {
  const first = times.at(-most);
  return first === undefined ? Number.NEGATIVE_INFINITY : first + SECOND_MS;
}

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
