import type { AuthServices } from '../auth/strategy.ts';
import { startTimeout } from './timeout.ts';

interface Work<T> {
  readonly result: Promise<T>;
  /** Milliseconds, by the clock of the constructor. */
  readonly startedAt: number;
}

/**
 * The work that was begun last for each key, while it is on its way, for so many milliseconds at most.
 *
 * What is older may never settle: on Workers work is cancelled together with the request that began it.
 */
export class SingleFlight<T> {
  readonly #works = new Map<string, Work<T>>();
  readonly #ms: number;
  readonly #now: () => number;

  /** @param now milliseconds of a clock for durations. */
  constructor(ms: number, now: () => number) {
    this.#ms = ms;
    this.#now = now;
  }

  get(key: string): Promise<T> | undefined {
    const work = this.#works.get(key);
    return work !== undefined && this.#isAlive(work) ? work.result : undefined;
  }

  /**
   * Begins some work in place of what is on its way. `isNewest` says, once it is on its way itself, whether nothing has
   * been begun or ended in its place, and it has not been forgotten for its age.
   */
  begin(key: string, run: (isNewest: () => boolean) => Promise<T>): Promise<T> {
    const isNewest = (): boolean => this.#works.get(key) === work;
    const end = (): void => {
      if (isNewest()) this.end(key);
    };
    const work: Work<T> = { result: run(isNewest), startedAt: this.#now() };
    this.#forgetOld();
    // What is set anew would else keep its place before older ones.
    this.end(key);
    this.#works.set(key, work);
    work.result.then(end, end);
    return work.result;
  }

  /** Says that what is on its way for a key is not to be joined any more. */
  end(key: string): void {
    this.#works.delete(key);
  }

  /** The oldest come first. */
  #forgetOld(): void {
    for (const [key, work] of this.#works) {
      if (this.#isAlive(work)) return;
      this.end(key);
    }
  }

  /** A clock that was put back makes nothing younger. */
  #isAlive({ startedAt }: Work<T>): boolean {
    return Math.abs(this.#now() - startedAt) < this.#ms;
  }
}

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
  { now, sleep, waitUntil }: Pick<AuthServices, 'now' | 'sleep' | 'waitUntil'>,
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
    const deadline = startTimeout(ms, sleep);
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
      return await Promise.race([result, sleep(ms, timer.signal).then(() => undefined)]);
    } finally {
      timer.abort();
    }
  };
}
