import { MOST_AT_A_TIME, MOST_MISSING_PER_SECOND, MOST_PER_SECOND } from './policy.ts';

const SECOND_MS = 1_000;

/** Counts the calls to the source, so that a crowd cannot spend the account's limits. Times are milliseconds. */
export class Caps {
  #running = 0;
  #started: number[] = [];
  #missing: number[] = [];

  /** Whether one more call would be too much. */
  areReached(now: number): boolean {
    const isRecent = (at: number) => at > now - SECOND_MS;
    this.#started = this.#started.filter(isRecent);
    this.#missing = this.#missing.filter(isRecent);
    return (
      this.#running >= MOST_AT_A_TIME ||
      this.#started.length >= MOST_PER_SECOND ||
      this.#missing.length >= MOST_MISSING_PER_SECOND
    );
  }

  begin(now: number): void {
    this.#running += 1;
    this.#started.push(now);
  }

  /** Ends a call; `isMissing` for an answer of 404. */
  end(isMissing: boolean, now: number): void {
    this.#running -= 1;
    if (isMissing) this.#missing.push(now);
  }
}
