import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

/** Why new reads may fail while cached responses still work. */
type DegradedReason = 'credentials_refused' | 'circuit_open';

/** What `/readyz` responds while reads are possible. */
export interface Readiness {
  readonly status: 'ready' | 'degraded';
  /** Empty if the edge is ready. */
  readonly reasons: readonly DegradedReason[];
}

/**
 * Creates the function that `/readyz` calls. It only looks at what earlier calls to Twilio met, and makes none.
 *
 * @param now milliseconds, by the clock that the account and the source use.
 */
export function createReadiness(
  { cooldown, breaker }: Pick<AccountLimits, 'cooldown' | 'breaker'>,
  now: () => number,
): () => Readiness {
  return () => {
    const reasons: DegradedReason[] = [];
    if (cooldown.isAuthRejected(now())) reasons.push('credentials_refused');
    if (breaker.retryAfterMs(now()) > 0) reasons.push('circuit_open');
    return { status: reasons.length === 0 ? 'ready' : 'degraded', reasons };
  };
}
