import { VERSION, type Config } from '../config/config.ts';
import { NO_STORE, problemResponse, textResponse } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

/** A reason why reads of the source may fail although cached responses still work. */
type DegradedReason = 'credentials_refused' | 'circuit_open';

/** The state that `/readyz` responds with. */
export interface Readiness {
  readonly status: 'ready' | 'degraded';
  /** Empty if the edge is ready. */
  readonly reasons: readonly DegradedReason[];
}

const DRAINING = 'This process is stopping. Send the request to another instance.';

/** Responds to `/healthz`, the liveness check: 200 as long as the process runs, configured or not. */
export function handleHealth(
  context: RequestContext,
  { misconfigured, source }: Pick<Config, 'misconfigured' | 'source'>,
): HttpResponse {
  return jsonResponse(context, {
    status: misconfigured === undefined ? 'ok' : 'misconfigured',
    version: VERSION,
    source: source?.name ?? null,
  });
}

/** Responds to `/readyz`, the readiness check: 503 while the process drains. */
export function handleReadiness(
  context: RequestContext,
  isDraining: boolean,
  readiness: () => Readiness,
): HttpResponse {
  if (isDraining) {
    return problemResponse(context, 'overloaded', { detail: DRAINING, headers: [['retry-after', '1']] });
  }
  return jsonResponse(context, readiness());
}

/**
 * Creates the readiness check. It reports what earlier calls to Twilio found and makes no call.
 *
 * @param now milliseconds, of the clock of the account's limits.
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

function jsonResponse(context: RequestContext, value: unknown): HttpResponse {
  return textResponse(context, 'application/json', JSON.stringify(value), NO_STORE);
}
