/** Waits for so many milliseconds, or until the signal: nothing is left behind then. */
export type Sleep = (ms: number, signal: AbortSignal) => Promise<void>;

/** What has not ended after this is given up: followers go on by themselves, a change to the store is not waited for. */
export const BACKGROUND_TIMEOUT_MS = 10_000;

/** The runtime's own timer. */
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
export async function withTimeout<T>(work: PromiseLike<T>, ms: number, delay: Sleep): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, delay(ms, timer.signal).then(() => undefined)]);
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
