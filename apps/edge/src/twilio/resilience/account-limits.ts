import { CircuitBreaker } from './circuit-breaker.ts';
import { CallLimiter } from './call-limiter.ts';
import { Cooldown } from './cooldown.ts';

/** What all calls to one account at Twilio share, whatever they ask for: how many there may be, and when there may be none. */
export interface AccountLimits {
  readonly limiter: CallLimiter;
  readonly cooldown: Cooldown;
  readonly breaker: CircuitBreaker;
}

/**
 * Opens the account that calls are counted in.
 *
 * @param staleOnUpstreamAuth whether something stale may be served while it refuses the credentials.
 */
export function createAccountLimits(staleOnUpstreamAuth: boolean): AccountLimits {
  return {
    limiter: new CallLimiter(),
    cooldown: new Cooldown(staleOnUpstreamAuth),
    breaker: new CircuitBreaker(),
  };
}
