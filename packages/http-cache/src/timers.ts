/**
 * Waits for a number of milliseconds.
 *
 * @param signal ends the wait. The promise then resolves and the timer is cleared; it does not reject, as that of
 * `node:timers/promises` does.
 */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** The time that a cache uses. */
export interface Clock {
  /**
   * Returns the time, in milliseconds since 1970. Default: the wall clock, corrected so that it never goes back. A clock that is set
   * back keeps responses fresh for longer.
   */
  readonly now?: (() => number) | undefined;
  /** Waits for a number of milliseconds. Default: a timer of the runtime. */
  readonly sleep?: Sleep | undefined;
}

/** What has not ended after this is given up: followers go on by themselves, a change to the store is not waited for. */
export const BACKGROUND_TIMEOUT_MS = 10_000;

/** Waits by a timer of the runtime; resolves early if `signal` aborts. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Waits for some work, but not for longer than `ms` milliseconds: undefined then, and the work goes on unwatched. */
export async function withTimeout<T>(work: PromiseLike<T>, ms: number, sleep: Sleep): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}

/** Waits for some work until the signal; what comes later is given to `abandon`. */
export function raceWithAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  abandon: (late: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      // The reason is whatever the client aborted with.
      reject(signal.reason);
      work.then(abandon, () => undefined);
    };
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** How often the clock is compared with the monotonic one, milliseconds: reading both at each hit would cost more than the look-up. */
const COMPARISON_INTERVAL_MS = 1000;

/**
 * Creates a clock of milliseconds since 1970 that never goes back.
 *
 * It is the wall clock until that is set back. From then on it runs ahead of the wall clock by the difference, so that no response
 * is fresh for longer. It follows a wall clock that is set forward, because a monotonic clock may stand still while a machine sleeps.
 *
 * An application that limits calls by time needs a stricter clock, which a small step of the wall clock does not move, and passes it
 * as `now`.
 *
 * @param wall the wall clock, milliseconds since 1970.
 * @param monotonic a clock that cannot be set, milliseconds.
 */
export function createClock(
  wall: () => number = () => Date.now(),
  monotonic: () => number = () => performance.now(),
): () => number {
  let comparedAt = wall();
  let monotonicThen = monotonic();
  let lead = 0;
  let latest = comparedAt;
  return () => {
    const seen = wall();
    if (seen < comparedAt || seen >= comparedAt + COMPARISON_INTERVAL_MS) {
      const monotonicNow = monotonic();
      const passed = Math.max(0, monotonicNow - monotonicThen);
      lead = Math.max(0, comparedAt + lead + passed - seen);
      comparedAt = seen;
      monotonicThen = monotonicNow;
    }
    const time = seen + lead;
    if (time > latest) latest = time;
    return latest;
  };
}
