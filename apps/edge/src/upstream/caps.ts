import { CALL_LOST_MS, MOST_AT_A_TIME, MOST_MISSING_PER_SECOND, MOST_PER_SECOND } from './policy.ts';

const SECOND_MS = 1_000;

/** A call that is counted. */
export interface CountedCall {
  /** Ends it; `isMissing` for an answer of 404. */
  end(isMissing: boolean, now: number): void;
}

/**
 * Counts the calls to an account, so that a crowd cannot spend its limits. Times are milliseconds.
 */
export class Caps {
  /** When the calls that run began. On Workers one may be gone together with its request, and never end. */
  readonly #running = new Map<CountedCall, number>();
  /** When calls began, in the last second. */
  #started: number[] = [];
  /**
   * What the last answers of 404 are booked as. No more than a second may have are booked in any second: those of calls
   * that ran at the same time are booked into the seconds to come, which are spent then.
   */
  #missing: number[] = [];

  /** Milliseconds until one more call is not too much; 0 for one that may be made now. */
  wait(now: number): number {
    this.#started = this.#started.filter((at) => at > now - SECOND_MS);
    this.#forgetLost(now);
    const waits = [
      // Nobody knows when one of them ends.
      this.#running.size >= MOST_AT_A_TIME ? SECOND_MS : 0,
      nextAt(this.#started, MOST_PER_SECOND) - now,
      nextAt(this.#missing, MOST_MISSING_PER_SECOND) - now,
    ];
    return Math.max(0, ...waits);
  }

  begin(now: number): CountedCall {
    const call: CountedCall = {
      end: (isMissing, at) => {
        this.#running.delete(call);
        if (isMissing) this.#bookMissing(at);
      },
    };
    this.#running.set(call, now);
    this.#started.push(now);
    return call;
  }

  #bookMissing(now: number): void {
    const at = Math.max(now, nextAt(this.#missing, MOST_MISSING_PER_SECOND));
    this.#missing = [...this.#missing, at].slice(-MOST_MISSING_PER_SECOND);
  }

  #forgetLost(now: number): void {
    for (const [call, since] of this.#running) if (now - since >= CALL_LOST_MS) this.#running.delete(call);
  }
}

/** When one more would be no more than `most` in a second. */
function nextAt(times: readonly number[], most: number): number {
  const first = times.at(-most);
  return first === undefined ? 0 : first + SECOND_MS;
}
