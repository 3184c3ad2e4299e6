import { Breaker } from './breaker.ts';
import { CallLimiter } from './call-limiter.ts';
import { Pause } from './pause.ts';

/** What all calls to one account at Twilio share, whatever they ask for: how many there may be, and when there may be none. */
export interface Account {
  readonly limiter: CallLimiter;
  readonly pause: Pause;
  readonly breaker: Breaker;
}

/**
 * Opens the account that calls are counted in.
 *
 * @param staleOnUpstreamAuth whether something stale may be served while it refuses the credentials.
 */
export function openAccount(staleOnUpstreamAuth: boolean): Account {
  return { limiter: new CallLimiter(), pause: new Pause(staleOnUpstreamAuth), breaker: new Breaker() };
}
