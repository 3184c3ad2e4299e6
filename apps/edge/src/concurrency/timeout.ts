import type { Sleep } from '@room-recordings/http-cache';

/** A running timeout. */
export interface Timeout {
  /** Aborts when the time is over, unless the timeout was cleared before. */
  readonly signal: AbortSignal;
  /** Stops the timer. */
  readonly clear: () => void;
}

/**
 * Starts a timeout that aborts a signal.
 *
 * @param ms milliseconds from now.
 */
export function startTimeout(ms: number, sleep: Sleep): Timeout {
  const [controller, timer] = [new AbortController(), new AbortController()];
  const abortLater = async () => {
    await sleep(ms, timer.signal);
    // A sleep that is aborted resolves, too.
    if (!timer.signal.aborted) controller.abort();
  };
  void abortLater();
  return { signal: controller.signal, clear: () => timer.abort() };
}

/**
 * Waits for a promise, but not longer than a timeout. The work behind the promise continues after the timeout.
 *
 * @param ms milliseconds.
 * @returns the value of the promise; undefined after the timeout.
 */
export async function withTimeout<T>(work: Promise<T>, ms: number, sleep: Sleep): Promise<T | undefined> {
  const timer = new AbortController();
  try {
    return await Promise.race([work, sleep(ms, timer.signal).then(() => undefined)]);
  } finally {
    timer.abort();
  }
}
