import { RecordingsError, type RecordingsErrorDetails } from '@room-recordings/core';
import { NotForwardedError } from '@room-recordings/http-cache';
import type { ErrorCode } from '../../http/error-codes.ts';
import { TWILIO_ACCOUNT_THROTTLED, RETRYABLE_STATUSES } from './policy.ts';
import { BodyTooLargeError } from './transfer-limits.ts';

/** A read that was not made, because the source is to be left alone: something stale may be served instead. */
export class CallNotPermittedError extends NotForwardedError {
  readonly error: ErrorCode;

  /** @param retryAfter seconds until it is worth trying again, at least 1. */
  constructor(detail: string, error: ErrorCode, retryAfter: number) {
    super(detail, { retryAfter });
    this.error = error;
  }

  /** A caller above its share must not keep a stored response from being refreshed for others, nor one that is not known yet. */
  override get refreshBackoffSeconds(): number {
    if (this.error === 'rate_limited') return 0;
    return this.error === 'overloaded' ? 1 : this.retryAfter;
  }
}

/** A failure that is known already and answered without a call: its own log entry was written when the call failed. */
export class RememberedError extends RecordingsError {
  /** @param seconds until the source is called again; those of the failure by default. */
  constructor(failure: RecordingsError, seconds: number | undefined = failure.retryAfter) {
    super(failure.code, failure.message, { ...pickDetails(failure), retryAfter: seconds });
  }
}

/** The members of an error may not be enumerable, so they are named. */
function pickDetails({
  status,
  issues,
  requestId,
  twilioCode,
  cause,
}: RecordingsError): RecordingsErrorDetails {
  return { status, issues, requestId, twilioCode, cause };
}

/** A refusal of credentials that is known already: who has to act was told by the one that it repeats. */
export class RepeatedAuthError extends RememberedError {}

/** A 403 for one resource: others may well be readable, so it says nothing of the account. */
export class ResourceForbiddenError extends RecordingsError {
  constructor(refusal: RecordingsError) {
    super(refusal.code, refusal.message, refusal);
  }
}

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

/**
 * The codes of OpenSSL's checks and of Node itself, which Bun gives too: CERT_HAS_EXPIRED,
 * UNABLE_TO_VERIFY_LEAF_SIGNATURE, ERR_TLS_CERT_ALTNAME_INVALID, and for an alert
 * `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE` on Node, EPROTO on Bun.
 */
const CODE =
  /CERT|CRL|^ERR_(?:SSL|TLS)_|^UNABLE_TO_VERIFY_|^(?:EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/**
 * What rustls says, where Deno has no code; after the words that end with the URL, because a host may be called anything.
 * A connection that breaks in the handshake (`tls handshake eof`) is none of these: it breaks as any other.
 */
const DENO_SENTENCE =
  /: client error \(Connect\): (?:invalid (?:peer certificate|certificate revocation list)|received (?:fatal alert|corrupt message|unexpected)|peer (?:is incompatible|misbehaved|doesn't support))/;

/**
 * Whether TLS is what a fault, or what caused it, says went wrong: a try more would meet the same certificate.
 *
 * Each runtime has its own words. workerd has none: a refused certificate is the same `internal error` as a name that is
 * not known, and so it is tried again there.
 */
export function isTlsError(fault: Error): boolean {
  const code = 'code' in fault && typeof fault.code === 'string' ? fault.code : undefined;
  if (code === undefined ? DENO_SENTENCE.test(fault.message) : CODE.test(code)) return true;
  return fault.cause instanceof Error && isTlsError(fault.cause);
}
