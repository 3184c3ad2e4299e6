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

/** The time limit of work in the background, milliseconds: requests stop waiting for a fetch, and the cache for a store. */
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

/**
 * Waits for a promise for a limited time. The work itself continues after the timeout.
 *
 * @returns the value; undefined after a timeout.
 */
export async function withTimeout<T>(work: PromiseLike<T>, ms: number, sleep: Sleep): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}

/**
 * Waits for a promise until a signal aborts.
 *
 * @param onLateResult receives the value if it arrives after the abort.
 * @throws the reason of the signal.
 */
export function raceWithAbort<T>(
  work: Promise<T>,
  signal: AbortSignal,
  onLateResult: (result: T) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      // The client chooses the reason, which may be any value.
      reject(signal.reason);
      work.then(onLateResult, () => undefined);
    };
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

/** How often the wall clock is compared with the monotonic clock, milliseconds. Reading both on each hit costs more than the lookup. */
const COMPARISON_INTERVAL_MS = 1000;

/**
 * Creates a clock of milliseconds since 1970 that never goes back.
 *
 * It is the wall clock until that is set back. From then on it runs ahead of the wall clock by the difference, so that no response
 * is fresh for longer. It follows a wall clock that is set forward, because a monotonic clock may stop while a machine sleeps.
 *
 * An application that limits calls by time needs a stricter clock, which ignores a small step of the wall clock. It passes that clock
 * as `clock.now`.
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
    const wallNow = wall();
    if (wallNow < comparedAt || wallNow >= comparedAt + COMPARISON_INTERVAL_MS) {
      const monotonicNow = monotonic();
      const elapsed = Math.max(0, monotonicNow - monotonicThen);
      lead = Math.max(0, comparedAt + lead + elapsed - wallNow);
      comparedAt = wallNow;
      monotonicThen = monotonicNow;
    }
    const time = wallNow + lead;
    if (time > latest) latest = time;
    return latest;
  };
}
