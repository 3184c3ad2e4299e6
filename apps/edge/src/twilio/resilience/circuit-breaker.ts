import {
  BREAKER_MINIMUM_CALLS,
  BREAKER_OPEN_MS,
  BREAKER_FAILURE_RATE,
  BREAKER_WINDOW_MS,
  LOST_CALL_TIMEOUT_MS,
  BREAKER_MAX_CALLS_PER_RESOURCE,
} from './policy.ts';

/** A call that the circuit breaker let through. */
export interface CircuitBreakerCall {
  /** Whether this is the one call of the half-open state. */
  readonly isProbe: boolean;
  /** Records the result of the call, once. A failure is an outage of the source. */
  record(hasFailed: boolean, now: number): void;
}

interface Outcome {
  readonly at: number;
  readonly resource: string;
  readonly hasFailed: boolean;
}

/** Milliseconds that other calls wait while a probe runs. */
const PROBE_RETRY_AFTER_MS = 1_000;

/**
 * A circuit breaker. All times are milliseconds.
 *
 * - Closed: calls pass. If half of the recent calls failed, the circuit breaker opens.
 * - Open: no call passes for some seconds, then the circuit breaker is half-open.
 * - Half-open: one call passes, the probe. If it fails, the circuit breaker opens again, otherwise it closes.
 *
 * Only the last calls for each resource count, because one resource that always fails is not an outage.
 */
export class CircuitBreaker {
  #outcomes: readonly Outcome[] = [];
  /** Undefined while closed; half-open from this time on. */
  #openUntil: number | undefined;
  /** The start of the running probe. */
  #probeStartedAt: number | undefined;
  /** Only calls of this generation count: calls since the circuit breaker last opened, and the latest probe. */
  #generation = 0;

  /** Returns the milliseconds until a call may pass; 0 for now. */
  retryAfterMs(now: number): number {
    if (this.#openUntil === undefined) return 0;
    if (now < this.#openUntil) return this.#openUntil - now;
    // A probe that never ends must not keep the circuit breaker half-open for ever.
    const startedAt = this.#probeStartedAt;
    return startedAt !== undefined && now < startedAt + LOST_CALL_TIMEOUT_MS ? PROBE_RETRY_AFTER_MS : 0;
  }

  /**
   * Counts a call that may pass now.
   *
   * @param resource the name of the resource that the call reads.
   */
  start(at: number, resource: string): CircuitBreakerCall {
    const isProbe = this.#openUntil !== undefined;
    if (isProbe) {
      this.#probeStartedAt = at;
      this.#generation += 1;
    }
    const generation = this.#generation;
    return {
      isProbe,
      record: (hasFailed, now) => {
        // The result of an earlier call does not describe the present state of the source.
        if (generation !== this.#generation) return;
        if (isProbe) this.#recordProbe(hasFailed, now);
        else this.#recordCall({ at: now, resource, hasFailed });
      },
    };
  }

  #recordCall(outcome: Outcome): void {
    const recent = this.#outcomes.filter(({ at }) => at > outcome.at - BREAKER_WINDOW_MS);
    const sameResource = recent.filter(({ resource }) => resource === outcome.resource);
    const outdated = sameResource.length >= BREAKER_MAX_CALLS_PER_RESOURCE ? sameResource[0] : undefined;
    this.#outcomes = [...recent.filter((other) => other !== outdated), outcome];
    const failures = this.#outcomes.filter(({ hasFailed }) => hasFailed).length;
    const calls = this.#outcomes.length;
    if (calls >= BREAKER_MINIMUM_CALLS && failures >= calls * BREAKER_FAILURE_RATE) this.#open(outcome.at);
  }

  #recordProbe(hasFailed: boolean, now: number): void {
    this.#probeStartedAt = undefined;
    if (hasFailed) this.#open(now);
    else this.#openUntil = undefined;
  }

  #open(now: number): void {
    this.#openUntil = now + BREAKER_OPEN_MS;
    this.#outcomes = [];
    this.#generation += 1;
  }
}
