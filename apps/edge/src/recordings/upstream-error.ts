import { RecordingsError, type RecordingsErrorCode } from '@room-recordings/core';
import { PROBLEM_TYPES, type ErrorCode } from '../http/error-codes.ts';
import { TWILIO_ACCOUNT_THROTTLED, COOLDOWN_MAX_SECONDS } from '../twilio/resilience/policy.ts';
import { BodyTooLargeError } from '../twilio/resilience/transfer-limits.ts';
import type { StoredResource } from './recording-source.ts';
import { errorCacheControl, type CacheLifetimes } from './cache-control.ts';

/** The error response to a read that failed, without anything that depends on the request. */
export interface UpstreamFailure {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly cacheControl: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** Seconds of Retry-After if the source named none. */
const DEFAULT_RETRY_AFTER = 5;

/**
 * Converts an error of a source to a response. Its text is the edge's own and repeats nothing from the source.
 *
 * @param resource the resource that was read.
 */
export function toUpstreamFailure(
  error: unknown,
  lifetimes: CacheLifetimes,
  resource: StoredResource,
): UpstreamFailure {
  const isInvalidToken = hasInvalidToken(error, resource);
  const code = error instanceof RecordingsError ? toErrorCode(error) : 'upstream_error';
  const { status, help } = PROBLEM_TYPES[isInvalidToken ? 'invalid_query' : code];
  const detail = error instanceof RecordingsError ? describeIssues(error, resource) : undefined;
  return {
    status,
    code: isInvalidToken ? 'invalid_query' : code,
    detail: isInvalidToken ? INVALID_TOKEN : (detail ?? help),
    cacheControl: errorCacheControl(status, lifetimes),
    retryAfter: status === 503 ? retryAfterSeconds(error) : undefined,
  };
}

const INVALID_TOKEN =
  'The parameter PageToken is not a token of this list. Follow next_page_url or previous_page_url of a page, or start at the first page.';

/** Returns whether the source rejected the token of a page. All other parameters are valid before the source is called. */
function hasInvalidToken(error: unknown, resource: StoredResource): boolean {
  if (resource.kind !== 'list' || resource.query.pageToken === undefined) return false;
  return error instanceof RecordingsError && error.code === 'invalid_request';
}

const CODES: Readonly<Record<Exclude<RecordingsErrorCode, 'upstream'>, ErrorCode>> = {
  not_found: 'not_found',
  deleted: 'recording_deleted',
  // Of `waitUntilReady` only, which the edge does not use.
  failed: 'upstream_error',
  unauthorized: 'upstream_auth',
  forbidden: 'upstream_auth',
  rate_limited: 'upstream_rate_limited',
  timeout: 'upstream_timeout',
  aborted: 'upstream_timeout',
  invalid_response: 'upstream_invalid',
  mismatch: 'upstream_mismatch',
  network: 'upstream_error',
  auth_failed: 'upstream_error',
  invalid_request: 'upstream_error',
  invalid_sid: 'upstream_error',
};

export function toErrorCode({ code, status, cause, twilioCode }: RecordingsError): ErrorCode {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED) return 'upstream_rate_limited';
  if (code === 'upstream') return codeForUpstreamStatus(status ?? 502);
  return code === 'network' && status !== undefined ? codeForAbortedBody(cause) : CODES[code];
}

/** Returns the code of a response whose body ended with an error. */
function codeForAbortedBody(cause: unknown): ErrorCode {
  if (cause instanceof BodyTooLargeError) return 'upstream_too_large';
  const isTimeout =
    cause instanceof RecordingsError && (cause.code === 'timeout' || cause.code === 'aborted');
  return isTimeout ? 'upstream_timeout' : 'upstream_invalid';
}

/** Status codes of a gateway timeout; 522 and 524 are Cloudflare's for an origin without a connection or without a response. */
const GATEWAY_TIMEOUT_STATUSES = new Set([504, 522, 524]);

function codeForUpstreamStatus(status: number): ErrorCode {
  // The fetch of a browser replaces the status of a redirect by 0.
  if (status === 0 || (status >= 300 && status < 400 && status !== 304)) return 'upstream_redirect';
  if (status === 503) return 'upstream_unavailable';
  if (GATEWAY_TIMEOUT_STATUSES.has(status)) return 'upstream_timeout';
  return status < 400 || status > 599 ? 'upstream_invalid' : 'upstream_error';
}

/** Names the invalid attributes and the expected values. Received values and nested names come from the source, so they are left out. */
function describeIssues({ issues }: RecordingsError, { kind }: StoredResource): string | undefined {
  if (issues.length === 0) return undefined;
  const places = issues
    .slice(0, 5)
    .map(({ path, expected }) => `${path[0] ?? 'the body'}: expected ${expected}`);
  const what = kind === 'recording' ? 'a recording' : 'a page of recordings';
  return `The response of the source is not ${what}. At ${places.join('; ')}.`;
}

export function retryAfterSeconds(error: unknown): number {
  if (!(error instanceof RecordingsError)) return DEFAULT_RETRY_AFTER;
  if (error.twilioCode === TWILIO_ACCOUNT_THROTTLED) return COOLDOWN_MAX_SECONDS;
  return Math.min(Math.max(error.retryAfter ?? DEFAULT_RETRY_AFTER, 1), COOLDOWN_MAX_SECONDS);
}
