import type { RecordingsError } from '@room-recordings/core';
import { ResourceForbiddenError, RepeatedAuthError, isAuthError, CallNotPermittedError } from './errors.ts';
import {
  TWILIO_ACCOUNT_THROTTLED,
  AUTH_COOLDOWN_SECONDS,
  COOLDOWN_MAX_SECONDS,
  AUTH_COOLDOWN_FORBIDDEN_RESOURCES,
} from './policy.ts';

/** Refused credentials. */
interface Refused {
  /** Milliseconds. */
  readonly until: number;
  readonly fault: RecordingsError;
}

/** A time that the source asked for. */
interface Asked {
  /** Milliseconds. */
  readonly until: number;
  readonly why: keyof typeof ERRORS;
}

const ERRORS = { 'rate-limited': 'upstream_rate_limited', unavailable: 'upstream_unavailable' } as const;

/**
 * Leaves the account alone after an answer that says so: for every call to it, not for the one that met it alone.
 *
 * Refused credentials are kept apart from a time that the source asked for, because they end what is stale as well:
 * neither hides the other, and while both last the refusal is what is answered.
 */
export class Cooldown {
  readonly #staleOnUpstreamAuth: boolean;
  #refused: Refused | undefined;
  #asked: Asked | undefined;
  /** When resources were last answered with 403, since the last good answer. */
  #forbidden: ReadonlyMap<string, number> = new Map();

  /** @param staleOnUpstreamAuth whether something stale may be served while the credentials are refused. */
  constructor(staleOnUpstreamAuth: boolean) {
    this.#staleOnUpstreamAuth = staleOnUpstreamAuth;
  }

  /** Milliseconds until the account may be called; 0 for now. */
  retryAfterMs(now: number): number {
    return Math.max(0, (this.#refused?.until ?? 0) - now, (this.#asked?.until ?? 0) - now);
  }

  /** Whether calls are paused because the credentials were refused; `now` is milliseconds. */
  isAuthRejected(now: number): boolean {
    return this.#refusedAt(now) !== undefined;
  }

  /** What a read has to throw during a pause; `now` is milliseconds. */
  check(now: number): RecordingsError | CallNotPermittedError | undefined {
    const [refused, asked] = [this.#refusedAt(now), this.#asked];
    if (refused !== undefined) {
      // Someone may have revoked the access on purpose: the fault goes on as it came, and nothing stale instead.
      if (!this.#staleOnUpstreamAuth) return new RepeatedAuthError(refused.fault);
      return new CallNotPermittedError('upstream-auth', 'upstream_auth', secondsUntil(refused.until, now));
    }
    if (asked === undefined || now >= asked.until) return undefined;
    return new CallNotPermittedError(asked.why, ERRORS[asked.why], secondsUntil(asked.until, now));
  }

  /**
   * Takes notice of a fault, and gives it back as what it is: the first refusal, one more, or that of one resource alone. Of the
   * times that were asked for the longest counts.
   *
   * @param resource what the call was about.
   */
  record(fault: RecordingsError, resource: string, now: number): RecordingsError {
    if (isAuthError(fault)) {
      if (fault.code === 'forbidden' && !this.#areMany(resource, now))
        return new ResourceForbiddenError(fault);
      const isKnown = this.#refusedAt(now) !== undefined;
      this.#refused = { until: now + AUTH_COOLDOWN_SECONDS * 1000, fault };
      return isKnown ? new RepeatedAuthError(fault) : fault;
    }
    const until = now + secondsAskedFor(fault) * 1000;
    if (until > (this.#asked?.until ?? now)) {
      this.#asked = { until, why: fault.status === 503 ? 'unavailable' : 'rate-limited' };
    }
    return fault;
  }

  /** Takes notice of a good answer: the credentials are good. */
  recordSuccess(): void {
    if (this.#forbidden.size > 0) this.#forbidden = new Map();
  }

  /** Counts a 403, and tells whether so many resources had one that it is the account's. */
  #areMany(resource: string, now: number): boolean {
    const recent = [...this.#forbidden].filter(
      ([other, at]) => other !== resource && at > now - AUTH_COOLDOWN_SECONDS * 1000,
    );
    this.#forbidden = new Map(
      [...recent, [resource, now] as const].slice(-AUTH_COOLDOWN_FORBIDDEN_RESOURCES),
    );
    return this.#forbidden.size >= AUTH_COOLDOWN_FORBIDDEN_RESOURCES;
  }

  #refusedAt(now: number): Refused | undefined {
    return this.#refused !== undefined && now < this.#refused.until ? this.#refused : undefined;
  }
}

/** Seconds; 0 for a fault that asks for none. */
function secondsAskedFor({ status, retryAfter, twilioCode }: RecordingsError): number {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED) return COOLDOWN_MAX_SECONDS;
  if (status !== 429 && status !== 503) return 0;
  return Math.min(retryAfter ?? 0, COOLDOWN_MAX_SECONDS);
}

function secondsUntil(until: number, now: number): number {
  return Math.ceil((until - now) / 1000);
}
