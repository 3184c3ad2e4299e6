import { Remembered } from './remembered.ts';

/**
 * Rooms that are not there, which one token may have looked up in so many milliseconds: one less than all may in a second
 * (policy.ts), so that no token by itself keeps the others from theirs. Those that are being looked up count as well.
 */
const MOST_MISSES = 4;
const WINDOW_MS = 30_000;

/** What is waited for while others are looked up, milliseconds: nobody knows when one of them ends. */
const RUNNING_MS = 1_000;

interface Spent {
  missed: number;
  running: number;
  /** Then all is forgotten, also a look-up that never ended. */
  readonly until: number;
}

/** Counts the look-ups that a token causes. Times are milliseconds since 1970. */
export class MissBudget {
  readonly #spent = new Remembered<Spent>();

  /** Milliseconds until the token may cause one more; 0 for now. */
  wait(token: string, now: number): number {
    const spent = this.#spent.recall(token, now);
    if (spent === undefined || spent.missed + spent.running < MOST_MISSES) return 0;
    return spent.missed < MOST_MISSES ? RUNNING_MS : spent.until - now;
  }

  /** Begins a look-up, and gives the way to end it. */
  begin(token: string, now: number): (isMissing: boolean) => void {
    const spent = this.#spent.recall(token, now) ?? { missed: 0, running: 0, until: now + WINDOW_MS };
    spent.running += 1;
    this.#spent.keep(token, spent, spent.until);
    return (isMissing) => {
      spent.running -= 1;
      if (isMissing) spent.missed += 1;
    };
  }
}
