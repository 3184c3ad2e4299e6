import type { RecordingsError } from '@room-recordings/core';
import { ACCOUNT_REFUSED, AUTH_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS } from './policy.ts';
import { Withheld } from './withheld.ts';

/** Why the whole account is left alone for a while. */
interface Reason {
  readonly seconds: number;
  /** What a read that is not made throws, with the seconds that are left. */
  readonly refuse: (secondsLeft: number) => unknown;
}

/** Leaves the account alone after an answer that says so: for every read of it, not for the one that met it alone. */
export class Pause {
  readonly #staleOnUpstreamAuth: boolean;
  #until = 0;
  #refuse: Reason['refuse'] | undefined;

  /** @param staleOnUpstreamAuth whether something stale may be served while the credentials are refused. */
  constructor(staleOnUpstreamAuth: boolean) {
    this.#staleOnUpstreamAuth = staleOnUpstreamAuth;
  }

  /** Throws what a read has to answer during a pause; `now` is milliseconds. */
  check(now: number): void {
    if (this.#refuse === undefined || now >= this.#until) return;
    throw this.#refuse(Math.ceil((this.#until - now) / 1000));
  }

  /** Takes notice of a fault; a longer pause outlasts a shorter one. */
  note(fault: RecordingsError, now: number): void {
    const reason = this.#findReason(fault);
    const until = now + (reason?.seconds ?? 0) * 1000;
    if (reason === undefined || until <= this.#until) return;
    this.#until = until;
    this.#refuse = reason.refuse;
  }

  #findReason(fault: RecordingsError): Reason | undefined {
    const { code, status, retryAfter, twilioCode } = fault;
    if (twilioCode === ACCOUNT_REFUSED) return pauseFor(LONGEST_PAUSE_SECONDS, 'rate-limited');
    if (code === 'unauthorized' || code === 'forbidden') {
      // Someone may have revoked the access on purpose: the fault goes on as it came, and nothing stale instead.
      if (!this.#staleOnUpstreamAuth) return { seconds: AUTH_PAUSE_SECONDS, refuse: () => fault };
      return pauseFor(AUTH_PAUSE_SECONDS, 'upstream-auth');
    }
    if (retryAfter === undefined) return undefined;
    const seconds = Math.min(retryAfter, LONGEST_PAUSE_SECONDS);
    if (status === 429) return pauseFor(seconds, 'rate-limited');
    return status === 503 ? pauseFor(seconds, 'unavailable') : undefined;
  }
}

const ERRORS = {
  'rate-limited': 'upstream_rate_limited',
  unavailable: 'upstream_unavailable',
  'upstream-auth': 'upstream_auth',
} as const;

function pauseFor(seconds: number, detail: keyof typeof ERRORS): Reason {
  return { seconds, refuse: (secondsLeft) => new Withheld(detail, ERRORS[detail], secondsLeft) };
}
