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

// In shares of a retry, because tenths do not add up to one.
const MOST_SHARES = RETRY_BUDGET_MAX * RETRY_BUDGET_CALLS_PER_RETRY;

/** Bounds what retries may add to what the source has to bear: a share of the calls that went well, and a few at once. */
export class RetryBudget {
  #shares = MOST_SHARES;

  /** Counts a call that went well. */
  deposit(): void {
    this.#add(1);
  }

  /** Takes a retry, where there is one. */
  tryWithdraw(): boolean {
    if (this.#shares < RETRY_BUDGET_CALLS_PER_RETRY) return false;
    this.#shares -= RETRY_BUDGET_CALLS_PER_RETRY;
    return true;
  }

  /** Puts back a retry that was taken and not made. */
  refund(): void {
    this.#add(RETRY_BUDGET_CALLS_PER_RETRY);
  }

  #add(shares: number): void {
    this.#shares = Math.min(this.#shares + shares, MOST_SHARES);
  }
}

interface Failing {
  readonly failures: number;
  readonly fault: RecordingsError;
  readonly until: number;
}

/**
 * Remembers the error of a resource that keeps failing, so that polling it costs next to no call: from its third failure in a
 * row for a second, then for twice as long each time. Times are milliseconds.
 */
export class FailureBackoff {
  /** The resource that failed last is the last one. */
  readonly #failing = new Map<string, Failing>();

  /** The error that is answered instead of a call; undefined if the resource may be called. */
  check(resource: string, now: number): RememberedError | undefined {
    const failing = this.#failing.get(resource);
    if (failing === undefined || now >= failing.until) return undefined;
    return new RememberedError(failing.fault, Math.ceil((failing.until - now) / 1_000));
  }

  /** Counts a failure. */
  recordFailure(resource: string, fault: RecordingsError, now: number): void {
    const failures = (this.#failing.get(resource)?.failures ?? 0) + 1;
    this.#failing.delete(resource);
    this.#failing.set(resource, { failures, fault, until: now + backoffMs(failures, fault) });
    if (this.#failing.size <= BACKOFF_MAX_RESOURCES) return;
    const [oldest = ''] = this.#failing.keys();
    this.#failing.delete(oldest);
  }

  /** Forgets the failures of a resource that gave a good answer. */
  recordSuccess(resource: string): void {
    this.#failing.delete(resource);
  }

  /** Forgets all failures: they were those of a source that is back. */
  clear(): void {
    this.#failing.clear();
  }
}

function backoffMs(failures: number, { status }: RecordingsError): number {
  if (failures < BACKOFF_AFTER_FAILURES) return 0;
  // Without an answer nothing is known of the resource: a source that is back must be noticed as soon as the breaker would.
  const longest = status === undefined ? BACKOFF_MAX_WITHOUT_RESPONSE_MS : BACKOFF_MAX_MS;
  return Math.min(longest, BACKOFF_MIN_MS * 2 ** (failures - BACKOFF_AFTER_FAILURES));
}
