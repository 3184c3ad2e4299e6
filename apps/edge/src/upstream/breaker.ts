import { BREAKER_CALLS, BREAKER_OPEN_MS, BREAKER_SHARE, BREAKER_WINDOW_MS, CALL_LOST_MS } from './policy.ts';

/** A call that the breaker let through; to be told how it went, once. */
export interface WatchedCall {
  /** Whether it alone is to show if the source is back. */
  readonly isProbe: boolean;
  settle(hasFailed: boolean, now: number): void;
}

interface Outcome {
  readonly at: number;
  readonly hasFailed: boolean;
}

/** How long others wait while a probe is on its way, milliseconds. */
const PROBE_MS = 1_000;

/**
 * A circuit breaker: while half of the calls fail it lets none through, and after a while exactly one, whose fate decides.
 * All times are milliseconds.
 */
export class Breaker {
  #outcomes: Outcome[] = [];
  #openUntil: number | undefined;
  /** When the probe that is on its way began. */
  #probingSince: number | undefined;
  /** Which calls count: those that began since the breaker last opened, and of probes the latest one. */
  #generation = 0;

  /** Milliseconds until a call is worth trying; 0 for one that may be made now. */
  wait(now: number): number {
    if (this.#openUntil === undefined) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    // A probe that is lost must not keep the breaker open for ever.
    const isProbing = this.#probingSince !== undefined && now < this.#probingSince + CALL_LOST_MS;
    return isProbing ? PROBE_MS : 0;
  }

  /** Begins a call that need not wait. */
  begin(at: number): WatchedCall {
    const isProbe = this.#openUntil !== undefined;
    if (isProbe) {
      this.#probingSince = at;
      this.#generation += 1;
    }
    const generation = this.#generation;
    return {
      isProbe,
      settle: (hasFailed, now) => {
        // What began earlier says nothing of what is now.
        if (generation !== this.#generation) return;
        if (isProbe) this.#decide(hasFailed, now);
        else this.#count(hasFailed, now);
      },
    };
  }

  #count(hasFailed: boolean, now: number): void {
    this.#outcomes = this.#outcomes.filter(({ at }) => at > now - BREAKER_WINDOW_MS);
    this.#outcomes.push({ at: now, hasFailed });
    const failures = this.#outcomes.filter((outcome) => outcome.hasFailed).length;
    const calls = this.#outcomes.length;
    if (calls >= BREAKER_CALLS && failures >= calls * BREAKER_SHARE) this.#open(now);
  }

  #decide(hasFailed: boolean, now: number): void {
    this.#probingSince = undefined;
    if (hasFailed) this.#open(now);
    else this.#openUntil = undefined;
  }

  #open(now: number): void {
    this.#openUntil = now + BREAKER_OPEN_MS;
    this.#outcomes = [];
    this.#generation += 1;
  }
}
