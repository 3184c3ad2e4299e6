import { RecordingsError } from '@room-recordings/core';
import { TWILIO_ACCOUNT_THROTTLED, RETRYABLE_STATUSES } from '../twilio/resilience/policy.ts';
import { RememberedError } from './remembered-failure.ts';
import { ResourceForbiddenError } from './resource-refused.ts';
import { BodyTooLargeError } from '../twilio/resilience/transfer-limits.ts';
import { isTlsError } from './tls-fault.ts';

/** Whether a call went badly; one that says something of the request or the account did not. */
export function isUpstreamFailure(fault: unknown): boolean {
  const status = fault instanceof RecordingsError ? fault.status : undefined;
  const isRefusal = status !== undefined && status >= 400 && status < 500;
  return !isRefusal || status === 408 || status === 429;
}

/**
 * Whether a fault says that the source itself is in trouble: no connection, no answer in time, a connection that broke, or a status
 * that says so. The content of an answer never does.
 */
export function isOutage(fault: unknown): boolean {
  if (!(fault instanceof RecordingsError)) return false;
  const { code, status, cause } = fault;
  if (code === 'timeout' || code === 'aborted') return true;
  if (code === 'network') return !(cause instanceof BodyTooLargeError);
  if (code !== 'upstream' && code !== 'rate_limited') return false;
  return status === 408 || status === 429 || (status !== undefined && status >= 500);
}

/**
 * Whether a fault is that of the one resource, as far as anyone can tell: not where it is the account's, or where the resource
 * is simply not there.
 */
export function isResourceError({ code, status, retryAfter, twilioCode }: RecordingsError): boolean {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED || (status === 503 && retryAfter !== undefined)) return false;
  return !NOT_OF_RESOURCE.has(code);
}

const NOT_OF_RESOURCE: ReadonlySet<string> = new Set([
  'not_found',
  'deleted',
  'unauthorized',
  'rate_limited',
]);

/** Whether the same read may go better: not where an answer had begun, said when to come back, or TLS failed. */
export function isRetryable(fault: unknown): boolean {
  if (!(fault instanceof RecordingsError)) return false;
  const { code, status, retryAfter } = fault;
  if (status !== undefined) return RETRYABLE_STATUSES.has(status) && retryAfter === undefined;
  return code === 'timeout' || (code === 'network' && !isTlsError(fault));
}

/** Whether the credentials were refused: Twilio says 403 also to an account that asked too much, whose credentials are good. */
export function isAuthError({ code, twilioCode }: RecordingsError): boolean {
  return twilioCode !== TWILIO_ACCOUNT_THROTTLED && (code === 'unauthorized' || code === 'forbidden');
}

/** Whether it is worth waking an operator for: someone is at work, or should be. Of refusals the first one alone is. */
export function shouldAlert(fault: unknown): boolean {
  if (!(fault instanceof RecordingsError)) return false;
  if (fault instanceof RememberedError || fault instanceof ResourceForbiddenError) return false;
  return fault.code === 'mismatch' || isAuthError(fault);
}
