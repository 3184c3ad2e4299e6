import {
  BREAKER_MINIMUM_CALLS,
  BREAKER_OPEN_MS,
  BREAKER_FAILURE_RATE,
  BREAKER_WINDOW_MS,
  LOST_CALL_TIMEOUT_MS,
  BREAKER_MAX_CALLS_PER_RESOURCE,
} from './policy.ts';

/** A call that the breaker let through; to be told how it went, once. */
export interface CircuitBreakerCall {
  /** Whether it alone is to show if the source is back. */
  readonly isProbe: boolean;
  /** Ends it; `hasFailed` for a fault that says that the source is in trouble. */
  record(hasFailed: boolean, now: number): void;
}

interface Outcome {
  readonly at: number;
  readonly resource: string;
  readonly hasFailed: boolean;
}

/** How long others wait while a probe is on its way, milliseconds. */
const PROBE_MS = 1_000;

/**
 * A circuit breaker: while half of the calls fail it lets none through, and after a while exactly one, whose fate decides. Of
 * each resource the last calls alone count, because one that always fails says nothing of the others. All times are
 * milliseconds.
 */
export class CircuitBreaker {
  #outcomes: readonly Outcome[] = [];
  #openUntil: number | undefined;
  /** When the probe that is on its way began. */
  #probingSince: number | undefined;
  /** Which calls count: those that began since the breaker last opened, and of probes the latest one. */
  #generation = 0;

  /** Milliseconds until a call is worth trying; 0 for one that may be made now. */
  retryAfterMs(now: number): number {
    if (this.#openUntil === undefined) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    // A probe that is lost must not keep the breaker open for ever.
    const isProbing = this.#probingSince !== undefined && now < this.#probingSince + LOST_CALL_TIMEOUT_MS;
    return isProbing ? PROBE_MS : 0;
  }

  /** Begins a call that need not wait; `resource` names what it is about. */
  start(at: number, resource: string): CircuitBreakerCall {
    const isProbe = this.#openUntil !== undefined;
    if (isProbe) {
      this.#probingSince = at;
      this.#generation += 1;
    }
    const generation = this.#generation;
    return {
      isProbe,
      record: (hasFailed, now) => {
        // What began earlier says nothing of what is now.
        if (generation !== this.#generation) return;
        if (isProbe) this.#decide(hasFailed, now);
        else this.#count({ at: now, resource, hasFailed });
      },
    };
  }

  #count(outcome: Outcome): void {
    const recent = this.#outcomes.filter(({ at }) => at > outcome.at - BREAKER_WINDOW_MS);
    const ofSame = recent.filter(({ resource }) => resource === outcome.resource);
    const outdated = ofSame.length >= BREAKER_MAX_CALLS_PER_RESOURCE ? ofSame[0] : undefined;
    this.#outcomes = [...recent.filter((other) => other !== outdated), outcome];
    const failures = this.#outcomes.filter(({ hasFailed }) => hasFailed).length;
    const calls = this.#outcomes.length;
    if (calls >= BREAKER_MINIMUM_CALLS && failures >= calls * BREAKER_FAILURE_RATE) this.#open(outcome.at);
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
