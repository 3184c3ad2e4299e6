import { CircuitBreaker } from './circuit-breaker.ts';
import { CallLimiter } from './call-limiter.ts';
import { Cooldown } from './cooldown.ts';

/** The limits that all calls to one Twilio account share, whichever resource they read. */
export interface AccountLimits {
  readonly limiter: CallLimiter;
  readonly cooldown: Cooldown;
  readonly breaker: CircuitBreaker;
}

/**
 * Creates the limits of an account.
 *
 * @param staleOnUpstreamAuth whether stale responses may be served while Twilio rejects the credentials.
 */
export function createAccountLimits(staleOnUpstreamAuth: boolean): AccountLimits {
  return {
    limiter: new CallLimiter(),
    cooldown: new Cooldown(staleOnUpstreamAuth),
    breaker: new CircuitBreaker(),
  };
}
