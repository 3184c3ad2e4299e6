import type { RecordingsError } from '@room-recordings/core';
import { RememberedError } from './errors.ts';
import {
  RETRY_BUDGET_CALLS_PER_RETRY,
  RETRY_BUDGET_MAX,
  BACKOFF_AFTER_FAILURES,
  BACKOFF_MAX_MS,
  BACKOFF_MAX_WITHOUT_RESPONSE_MS,
  BACKOFF_MAX_RESOURCES,
  BACKOFF_MIN_MS,
} from './policy.ts';

/** The budget counts fractions of a retry as integers: decimal fractions do not add up to one. */
const MAX_TOKENS = RETRY_BUDGET_MAX * RETRY_BUDGET_CALLS_PER_RETRY;

/** Limits retries to a share of the successful calls, plus a few at once, so that retries cannot overload the source. */
export class RetryBudget {
  #tokens = MAX_TOKENS;

  /** Counts a successful call. */
  deposit(): void {
    this.#add(1);
  }

  /** Takes one retry out of the budget; returns false if the budget is spent. */
  tryWithdraw(): boolean {
    if (this.#tokens < RETRY_BUDGET_CALLS_PER_RETRY) return false;
    this.#tokens -= RETRY_BUDGET_CALLS_PER_RETRY;
    return true;
  }

  /** Returns a retry that was withdrawn but not made. */
  refund(): void {
    this.#add(RETRY_BUDGET_CALLS_PER_RETRY);
  }

  #add(tokens: number): void {
    this.#tokens = Math.min(this.#tokens + tokens, MAX_TOKENS);
  }
}

interface FailingResource {
  readonly failures: number;
  readonly error: RecordingsError;
  readonly until: number;
}

/**
 * Returns the stored error of a resource that keeps failing, so that polling it causes few calls. The backoff starts at the third
 * consecutive failure with one second, and doubles with each further failure. Times are milliseconds.
 */
export class FailureBackoff {
  /** The resource that failed last is the last one. */
  readonly #failing = new Map<string, FailingResource>();

  /** Returns the error to throw instead of a call; undefined if the resource may be called. */
  check(resource: string, now: number): RememberedError | undefined {
    const failing = this.#failing.get(resource);
    if (failing === undefined || now >= failing.until) return undefined;
    return new RememberedError(failing.error, Math.ceil((failing.until - now) / 1_000));
  }

  recordFailure(resource: string, error: RecordingsError, now: number): void {
    const failures = (this.#failing.get(resource)?.failures ?? 0) + 1;
    this.#failing.delete(resource);
    this.#failing.set(resource, { failures, error, until: now + backoffMs(failures, error) });
    if (this.#failing.size <= BACKOFF_MAX_RESOURCES) return;
    const [oldest = ''] = this.#failing.keys();
    this.#failing.delete(oldest);
  }

  recordSuccess(resource: string): void {
    this.#failing.delete(resource);
  }

  /** Drops the failures of all resources. It is called when the source has recovered from an outage. */
  clear(): void {
    this.#failing.clear();
  }
}

function backoffMs(failures: number, { status }: RecordingsError): number {
  if (failures < BACKOFF_AFTER_FAILURES) return 0;
  // Without a response the failure may be an outage, and its end must be noticed as soon as the circuit breaker would notice it.
  const max = status === undefined ? BACKOFF_MAX_WITHOUT_RESPONSE_MS : BACKOFF_MAX_MS;
  return Math.min(max, BACKOFF_MIN_MS * 2 ** (failures - BACKOFF_AFTER_FAILURES));
}
