import {
  LOST_CALL_TIMEOUT_MS,
  MAX_CONCURRENT_CALLS,
  MAX_NOT_FOUND_PER_SECOND,
  MAX_CALLS_PER_SECOND,
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
