import { startTimeout } from '../concurrency/timeout.ts';
import type { AuthServices } from './outside.ts';

/** Makes a call for all who ask for its key meanwhile; undefined for whom it took too long. */
export type RunShared<T> = (key: string, call: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/**
 * Makes calls that many may wait for once, each for at most so many milliseconds; then its signal ends it.
 *
 * Everyone waits on a timer of their own: on Workers a call may be gone together with the request that began it. One that is
 * older than its time is therefore made anew. Calls must not throw.
 */
export function createRunShared<T>(
  ms: number,
  { now, delay, waitUntil }: Pick<AuthServices, 'now' | 'delay' | 'waitUntil'>,
): RunShared<T> {
  const running = new Map<string, { readonly result: Promise<T>; readonly startedAt: number }>();

  /** What is older than its time may never settle, and nobody joins it any more. The oldest ones come first. */
  function forgetLost(): void {
    for (const [key, { startedAt }] of running) {
      if (now() - startedAt < ms) return;
      running.delete(key);
    }
  }

  function begin(key: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    forgetLost();
    const deadline = startTimeout(ms, delay);
    const result = call(deadline.signal);
    const mine = { result, startedAt: now() };
    running.set(key, mine);
    const ended = result.finally(() => {
      deadline.end();
      if (running.get(key) === mine) running.delete(key);
    });
    waitUntil(ended);
    return result;
  }

  return async (key, call) => {
    const other = running.get(key);
    const isAlive = other !== undefined && now() - other.startedAt < ms;
    const result = isAlive ? other.result : begin(key, call);
    const timer = new AbortController();
    try {
      return await Promise.race([result, delay(ms, timer.signal).then(() => undefined)]);
    } finally {
      timer.abort();
    }
  };
}
