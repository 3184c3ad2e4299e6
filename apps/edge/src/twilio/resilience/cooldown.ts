import type { RecordingsError } from '@room-recordings/core';
import { ResourceForbiddenError, RepeatedAuthError, isAuthError, CallNotPermittedError } from './errors.ts';
import {
  TWILIO_ACCOUNT_THROTTLED,
  AUTH_COOLDOWN_SECONDS,
  COOLDOWN_MAX_SECONDS,
  AUTH_COOLDOWN_FORBIDDEN_RESOURCES,
} from './policy.ts';

/** The cooldown after a response that rejected the credentials. */
interface AuthRejection {
  /** Milliseconds. */
  readonly until: number;
  readonly error: RecordingsError;
}

/** The cooldown that the source requested. */
interface RequestedCooldown {
  /** Milliseconds. */
  readonly until: number;
  readonly reason: keyof typeof ERROR_CODES;
}

const ERROR_CODES = { 'rate-limited': 'upstream_rate_limited', unavailable: 'upstream_unavailable' } as const;

/**
 * Stops all calls to an account after a response that requires it. The times of all methods are milliseconds.
 *
 * Rejected credentials and a cooldown that the source requested are separate states, because the first one also ends the use of
 * stale responses. While both last, the rejection is the error.
 */
export class Cooldown {
  readonly #staleOnUpstreamAuth: boolean;
  #authRejection: AuthRejection | undefined;
  #requested: RequestedCooldown | undefined;
  /** The time of the last 403 for each resource since the last successful response. */
  #forbidden: ReadonlyMap<string, number> = new Map();

  /** @param staleOnUpstreamAuth whether stale responses may be served while the credentials are rejected. */
  constructor(staleOnUpstreamAuth: boolean) {
    this.#staleOnUpstreamAuth = staleOnUpstreamAuth;
  }

  /** Returns the milliseconds until the account may be called; 0 for now. */
  retryAfterMs(now: number): number {
    return Math.max(0, (this.#authRejection?.until ?? 0) - now, (this.#requested?.until ?? 0) - now);
  }

  isAuthRejected(now: number): boolean {
    return this.#activeRejection(now) !== undefined;
  }

  /** Returns the error that a read must throw during a cooldown; undefined if the account may be called. */
  check(now: number): RecordingsError | CallNotPermittedError | undefined {
    const [rejection, requested] = [this.#activeRejection(now), this.#requested];
    if (rejection !== undefined) {
      // Access may have been revoked on purpose, so by default the error is repeated, and no stale response is served.
      if (!this.#staleOnUpstreamAuth) return new RepeatedAuthError(rejection.error);
      return new CallNotPermittedError('upstream-auth', 'upstream_auth', secondsUntil(rejection.until, now));
    }
    if (requested === undefined || now >= requested.until) return undefined;
    const { reason, until } = requested;
    return new CallNotPermittedError(reason, ERROR_CODES[reason], secondsUntil(until, now));
  }

  /**
   * Records an error and starts the cooldown that it requires. Of several requested cooldowns the longest one applies.
   *
   * @param resource the name of the resource that the call read.
   * @returns the error to throw: the error itself, a `RepeatedAuthError`, or a `ResourceForbiddenError`.
   */
  record(error: RecordingsError, resource: string, now: number): RecordingsError {
    if (isAuthError(error)) {
      if (error.code === 'forbidden' && !this.#recordForbidden(resource, now))
        return new ResourceForbiddenError(error);
      const isRepeated = this.#activeRejection(now) !== undefined;
      this.#authRejection = { until: now + AUTH_COOLDOWN_SECONDS * 1000, error };
      return isRepeated ? new RepeatedAuthError(error) : error;
    }
    const until = now + requestedSeconds(error) * 1000;
    if (until > (this.#requested?.until ?? now)) {
      this.#requested = { until, reason: error.status === 503 ? 'unavailable' : 'rate-limited' };
    }
    return error;
  }

  /** Records a successful response, which proves that the credentials are valid. */
  recordSuccess(): void {
    if (this.#forbidden.size > 0) this.#forbidden = new Map();
  }

  /** Records a 403; returns whether so many resources had one that the credentials count as rejected. */
  #recordForbidden(resource: string, now: number): boolean {
    const recent = [...this.#forbidden].filter(
      ([other, at]) => other !== resource && at > now - AUTH_COOLDOWN_SECONDS * 1000,
    );
    this.#forbidden = new Map(
      [...recent, [resource, now] as const].slice(-AUTH_COOLDOWN_FORBIDDEN_RESOURCES),
    );
    return this.#forbidden.size >= AUTH_COOLDOWN_FORBIDDEN_RESOURCES;
  }

  #activeRejection(now: number): AuthRejection | undefined {
    return this.#authRejection !== undefined && now < this.#authRejection.until
      ? this.#authRejection
      : undefined;
  }
}

/** Returns the seconds of the cooldown that a response requests; 0 if it requests none. */
function requestedSeconds({ status, retryAfter, twilioCode }: RecordingsError): number {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED) return COOLDOWN_MAX_SECONDS;
  if (status !== 429 && status !== 503) return 0;
  return Math.min(retryAfter ?? 0, COOLDOWN_MAX_SECONDS);
}

function secondsUntil(until: number, now: number): number {
  return Math.ceil((until - now) / 1000);
}
