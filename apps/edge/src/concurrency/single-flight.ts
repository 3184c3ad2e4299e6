import type { Sleep } from '@room-recordings/http-cache';
import { startTimeout, withTimeout } from './timeout.ts';

interface Flight<T> {
  readonly result: Promise<T>;
  /** Milliseconds, by the clock of the constructor. */
  readonly startedAt: number;
}

/**
 * Keeps the pending work that was started last for each key, so that concurrent requests for a key share one run.
 *
 * Each run has a maximum age. Workers cancel work together with the request that started it, and the promise of cancelled
 * work never settles. Therefore an older run is not joined any more, and its promise is dropped.
 */
export class SingleFlight<T> {
  /** The oldest flight is the first one. */
  readonly #flights = new Map<string, Flight<T>>();
  readonly #maxAgeMs: number;
  readonly #now: () => number;

  /**
   * @param maxAgeMs milliseconds.
   * @param now milliseconds of a clock for durations.
   */
  constructor(maxAgeMs: number, now: () => number) {
    this.#maxAgeMs = maxAgeMs;
    this.#now = now;
  }

  /** Returns the pending result for a key; undefined if no run of this key may be joined. */
  get(key: string): Promise<T> | undefined {
    const flight = this.#flights.get(key);
    return flight !== undefined && this.#isJoinable(flight) ? flight.result : undefined;
  }

  /**
   * Starts a run and replaces the pending one of the same key.
   *
   * @param run gets a function that returns whether this run is still the newest: it was not replaced, forgotten or dropped
   * for its age. That function is valid as soon as `run` has returned its promise.
   */
  start(key: string, run: (isNewest: () => boolean) => Promise<T>): Promise<T> {
    const isNewest = (): boolean => this.#flights.get(key) === flight;
    const forget = (): void => {
      if (isNewest()) this.forget(key);
    };
    const flight: Flight<T> = { result: run(isNewest), startedAt: this.#now() };
    this.#dropLost();
    // A Map keeps the position of a key that is set again, and the order has to be that of the start times.
    this.forget(key);
    this.#flights.set(key, flight);
    flight.result.then(forget, forget);
    return flight.result;
  }

  /** Ends the sharing of the pending run of a key. The run itself continues. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  #dropLost(): void {
    for (const [key, flight] of this.#flights) {
      if (this.#isJoinable(flight)) return;
      this.forget(key);
    }
  }

  /** Takes the absolute difference, so that a clock that is set back does not make a lost run joinable again. */
  #isJoinable({ startedAt }: Flight<T>): boolean {
    return Math.abs(this.#now() - startedAt) < this.#maxAgeMs;
  }
}

/**
 * Runs a call, or joins the pending call of the same key.
 *
 * @returns the result; undefined if it did not arrive within the timeout.
 */
export type RunShared<T> = (key: string, call: (signal: AbortSignal) => Promise<T>) => Promise<T | undefined>;

/**
 * Creates a {@link SingleFlight} for calls that must not throw and that take a limited time. After the timeout the signal of
 * a call aborts. Each request that joins a call waits for the whole timeout on a timer of its own, because the request that
 * started the call may be cancelled together with its timer.
 *
 * @param timeoutMs milliseconds.
 */
export function createRunShared<T>(
  timeoutMs: number,
  services: {
    /** Milliseconds of a clock for durations. */
    readonly now: () => number;
    readonly sleep: Sleep;
    /** Keeps the runtime awake until a call has ended. */
    readonly waitUntil: (work: Promise<unknown>) => void;
  },
): RunShared<T> {
  const { now, sleep, waitUntil } = services;
  const flights = new SingleFlight<T>(timeoutMs, now);

  function start(key: string, call: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const timeout = startTimeout(timeoutMs, sleep);
    const result = flights.start(key, () => call(timeout.signal));
    waitUntil(result.finally(timeout.clear));
    return result;
  }

  return (key, call) => withTimeout(flights.get(key) ?? start(key, call), timeoutMs, sleep);
}
