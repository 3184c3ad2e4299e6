import { RecordingsError, type RecordingsErrorCode } from '@room-recordings/core';
import { PROBLEM_TYPES, type ErrorCode } from '../http/error-codes.ts';
import { TWILIO_ACCOUNT_THROTTLED, COOLDOWN_MAX_SECONDS } from '../twilio/resilience/policy.ts';
import { BodyTooLargeError } from '../twilio/resilience/transfer-limits.ts';
import { errorCacheControl, type CacheLifetimes } from './cache-control.ts';

/** What a reader is asked to wait where the source said nothing, seconds. */
const DEFAULT_RETRY_AFTER = 5;

/** Turns what the source threw into an answer: the code alone decides, and nothing the source said is repeated. */
export function toOriginFailure(fault: unknown, lifetimes: CacheLifetimes): OriginFailure {
  const error = fault instanceof RecordingsError ? codeOf(fault) : 'upstream_error';
  const { status, help } = PROBLEM_TYPES[error];
  return {
    status,
    error,
    detail: fault instanceof RecordingsError ? (whereInvalid(fault) ?? help) : help,
    cacheControl: errorCacheControl(status, lifetimes),
    retryAfter: status === 503 ? retryAfterOf(fault) : undefined,
  };
}

const CODES: Readonly<Record<Exclude<RecordingsErrorCode, 'upstream'>, ErrorCode>> = {
  not_found: 'not_found',
  deleted: 'recording_deleted',
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

function codeOf({ code, status, cause, twilioCode }: RecordingsError): ErrorCode {
  if (twilioCode === TWILIO_ACCOUNT_THROTTLED) return 'upstream_rate_limited';
  if (code === 'upstream') return codeOfStatus(status ?? 502);
  return code === 'network' && status !== undefined ? codeOfBreak(cause) : CODES[code];
}

/** An answer that began and broke off: what its body failed with. */
function codeOfBreak(cause: unknown): ErrorCode {
  if (cause instanceof BodyTooLargeError) return 'upstream_too_large';
  const isLate = cause instanceof RecordingsError && (cause.code === 'timeout' || cause.code === 'aborted');
  return isLate ? 'upstream_timeout' : 'upstream_invalid';
}

function codeOfStatus(status: number): ErrorCode {
  // A browser-like fetch hides a redirect's status behind 0.
  if (status === 0 || (status >= 300 && status < 400 && status !== 304)) return 'upstream_redirect';
  if (status === 503) return 'upstream_unavailable';
  if (TIMEOUTS.has(status)) return 'upstream_timeout';
  return status < 400 || status > 599 ? 'upstream_invalid' : 'upstream_error';
}

/** Of a gateway, and Cloudflare's for an origin that gave no connection or no answer in time. */
const TIMEOUTS = new Set([504, 522, 524]);

/** The attributes and expectations of an invalid answer, but nothing of what came: deeper names are the source's. */
function whereInvalid({ issues }: RecordingsError): string | undefined {
  if (issues.length === 0) return undefined;
  const places = issues
    .slice(0, 5)
    .map(({ path, expected }) => `${path[0] ?? 'the whole'}: expected ${expected}`);
  return `The source's answer is no recording. At ${places.join('; ')}.`;
}

function retryAfterOf(fault: unknown): number {
  if (!(fault instanceof RecordingsError)) return DEFAULT_RETRY_AFTER;
  if (fault.twilioCode === TWILIO_ACCOUNT_THROTTLED) return COOLDOWN_MAX_SECONDS;
  return Math.min(Math.max(fault.retryAfter ?? DEFAULT_RETRY_AFTER, 1), COOLDOWN_MAX_SECONDS);
}

/** Why there is none. */
export interface OriginFailure {
  readonly status: number;
  readonly error: ErrorCode;
  readonly detail: string;
  readonly cacheControl: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}
