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
 * @param signal ends the wait when it aborts. Default: nothing but the timeout ends it.
 * @returns the value of the promise; undefined after the timeout.
 * @throws the reason of the signal if it aborts.
 */
export async function withTimeout<T>(
  work: Promise<T>,
  ms: number,
  sleep: Sleep,
  signal?: AbortSignal,
): Promise<T | undefined> {
  const timer = new AbortController();
  const waits: Promise<T | undefined>[] = [work, sleep(ms, timer.signal).then(() => undefined)];
  if (signal !== undefined) waits.push(rejectOnAbort(signal, timer.signal));
  try {
    return await Promise.race(waits);
  } finally {
    timer.abort();
  }
}

/** Rejects with the reason of a signal when it aborts. `done` removes the listener, because a signal may outlive many waits. */
function rejectOnAbort(signal: AbortSignal, done: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true, signal: done });
  });
}
