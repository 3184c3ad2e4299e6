import { RecordingsError, RETRYABLE_STATUSES, type RecordingsErrorDetails } from '@room-recordings/core';
import { NotForwardedError } from '@room-recordings/http-cache';
import type { ErrorCode } from '../../http/error-codes.ts';
import { TWILIO_ACCOUNT_THROTTLED } from './policy.ts';
import { BodyTooLargeError } from './transfer-limits.ts';

/** The error of a read that made no call, because a limit did not permit it. A stale response may be served instead. */
export class CallNotPermittedError extends NotForwardedError {
  readonly error: ErrorCode;

  /**
   * @param detail the detail of Cache-Status, a token (RFC 9211, section 2.8).
   * @param retryAfter seconds until a retry may succeed, at least 1.
   */
  constructor(detail: string, error: ErrorCode, retryAfter: number) {
    super(detail, { retryAfter });
    this.error = error;
  }

  /** A client above its share must not delay the refresh that other clients would cause, so its error has no backoff. */
  override get refreshBackoffSeconds(): number {
    if (this.error === 'rate_limited') return 0;
    return this.error === 'overloaded' ? 1 : this.retryAfter;
  }
}

/** A stored failure that is thrown again without a call. The failed call has written the log entry. */
export class RememberedError extends RecordingsError {
  /** @param seconds until the source is called again; default: the `retryAfter` of the failure. */
  constructor(failure: RecordingsError, seconds: number | undefined = failure.retryAfter) {
    super(failure.code, failure.message, { ...pickDetails(failure), retryAfter: seconds });
  }
}

/** Picks the details by name, because the members of an error need not be enumerable. */
function pickDetails({
  status,
  issues,
  requestId,
  twilioCode,
  cause,
}: RecordingsError): RecordingsErrorDetails {
  return { status, issues, requestId, twilioCode, cause };
}

/** A rejection of the credentials that repeats an earlier one. The earlier one has alerted the operator. */
export class RepeatedAuthError extends RememberedError {}

/** A 403 for one resource. Other resources may be readable, so it does not describe the account. */
export class ResourceForbiddenError extends RecordingsError {
  constructor(error: RecordingsError) {
    super(error.code, error.message, error);
  }
}

/** Returns whether a call failed because of the source. A 4xx other than 408 and 429 is caused by the request or the account. */
export function isUpstreamFailure(error: unknown): boolean {
  const status = error instanceof RecordingsError ? error.status : undefined;
  const isClientError = status !== undefined && status >= 400 && status < 500;
  return !isClientError || status === 408 || status === 429;
}

/**
 * Returns whether an error indicates an outage of the source: no connection, a timeout, a broken connection, or a status that indicates
 * one. The content of a response never does.
 */
export function isOutage(error: unknown): boolean {
  if (!(error instanceof RecordingsError)) return false;
  const { code, status, cause } = error;
  if (code === 'timeout' || code === 'aborted') return true;
  if (code === 'network') return !(cause instanceof BodyTooLargeError);
  if (code !== 'upstream' && code !== 'rate_limited') return false;
  return status === 408 || status === 429 || (status !== undefined && status >= 500);
}

/** Returns whether an error may concern one resource only: it is not about the account, and the resource exists. */
export function isResourceError({ code, status, retryAfter, twilioCode }: RecordingsError): boolean {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED || (status === 503 && retryAfter !== undefined)) return false;
  return !CODES_WITHOUT_BACKOFF.has(code);
}

const CODES_WITHOUT_BACKOFF: ReadonlySet<string> = new Set([
  'not_found',
  'deleted',
  'unauthorized',
  'rate_limited',
]);

/** Returns whether a retry may succeed. It cannot if the body broke, if the response has a Retry-After, or if TLS failed. */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof RecordingsError)) return false;
  const { code, status, retryAfter } = error;
  if (status !== undefined) return RETRYABLE_STATUSES.has(status) && retryAfter === undefined;
  return code === 'timeout' || (code === 'network' && !isTlsError(error));
}

/** Returns whether Twilio rejected the credentials. Twilio also responds 403 to a throttled account, whose credentials are valid. */
export function isAuthError({ code, twilioCode }: RecordingsError): boolean {
  return twilioCode !== TWILIO_ACCOUNT_THROTTLED && (code === 'unauthorized' || code === 'forbidden');
}

/** Returns whether an error needs an operator. Of repeated rejections of the credentials only the first one does. */
export function shouldAlert(error: unknown): boolean {
  if (!(error instanceof RecordingsError)) return false;
  if (error instanceof RememberedError || error instanceof ResourceForbiddenError) return false;
  return error.code === 'mismatch' || isAuthError(error);
}

/**
 * Matches the error codes of OpenSSL and Node, which Bun uses too: CERT_HAS_EXPIRED, UNABLE_TO_VERIFY_LEAF_SIGNATURE,
 * ERR_TLS_CERT_ALTNAME_INVALID. For a TLS alert the code is `ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE` on Node and EPROTO on Bun.
 */
const TLS_ERROR_CODE =
  /CERT|CRL|^ERR_(?:SSL|TLS)_|^UNABLE_TO_VERIFY_|^(?:EPROTO|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED)$/;

/**
 * Matches the messages of rustls, because Deno's errors have no code. The match starts after the URL, because a host may have any
 * name. A connection that breaks during the handshake (`tls handshake eof`) does not match: it is a network error like any other.
 */
const DENO_TLS_MESSAGE =
  /: client error \(Connect\): (?:invalid (?:peer certificate|certificate revocation list)|received (?:fatal alert|corrupt message|unexpected)|peer (?:is incompatible|misbehaved|doesn't support))/;

/**
 * Returns whether an error, or its cause, is a TLS failure: a retry would get the same certificate.
 *
 * Each runtime has its own errors. workerd has none: a rejected certificate is the same `internal error` as an unknown host name,
 * and is therefore retried there.
 */
export function isTlsError(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  if (code === undefined ? DENO_TLS_MESSAGE.test(error.message) : TLS_ERROR_CODE.test(code)) return true;
  return error.cause instanceof Error && isTlsError(error.cause);
}
