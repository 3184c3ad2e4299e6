import type { Sleep } from '@room-recordings/http-cache';

/** A time after which some work is given up. */
export interface Timeout {
  /** Aborts when the time is over; never once the deadline has ended. */
  readonly signal: AbortSignal;
  /** Calls it off, and leaves no timer behind. */
  readonly end: () => void;
}

/** Starts a deadline, in milliseconds from now. */
export function startTimeout(ms: number, sleep: Sleep): Timeout {
  const [leaving, timer] = [new AbortController(), new AbortController()];
  const giveUp = async () => {
    await sleep(ms, timer.signal);
    // A wait that was called off ends like any other.
    if (!timer.signal.aborted) leaving.abort();
  };
  void giveUp();
  return { signal: leaving.signal, end: () => timer.abort() };
}
