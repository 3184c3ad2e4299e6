import {
  type RecordingRef,
  type RoomRecording,
  RecordingsError,
  type RecordingsErrorCode,
} from '@room-recordings/core';
import { OriginError, type CachedResponse, type OriginFetch } from '@room-recordings/http-cache';
import { PROBLEM_TYPES, isErrorCode, type ErrorCode } from '../http/error-codes.ts';
import { logEntry, serializeError, type Logger } from '../logging.ts';
import { CallNotPermittedError, RememberedError, shouldAlert } from '../twilio/resilience/errors.ts';
import { TWILIO_ACCOUNT_THROTTLED, COOLDOWN_MAX_SECONDS } from '../twilio/resilience/policy.ts';
import { BodyTooLargeError } from '../twilio/resilience/transfer-limits.ts';
import { recordingCacheControl, type CacheLifetimes, errorCacheControl } from './cache-control.ts';
import type { RecordingSource } from './recording-source.ts';
import { nullFields, serializeRecording, weakEtag, type HidableField } from './serialize.ts';

/** The options of the origin function. */
export interface OriginOptions {
  readonly source: RecordingSource;
  readonly lifetimes: CacheLifetimes;
  /** Attributes that are null before anything is stored, so that no store holds them. */
  readonly hiddenFields: readonly HidableField[];
  /** Whether a stale response may be served while the source rejects the credentials. */
  readonly staleOnUpstreamAuth: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
}

/** The values that accompany a request through the cache to the origin. No part of them is stored. */
export interface OriginContext {
  readonly id: RecordingRef;
  /** The origin of the URLs in the response. */
  readonly publicUrl: string;
  /** The client that the calls to the source are counted for. */
  readonly client: string;
  readonly requestId: string;
}

/** The members of an error response inside the cache. The problem document of each request is made from them. */
interface StoredProblem {
  readonly error: ErrorCode;
  readonly detail: string;
}

/**
 * Creates the `fetch` of the cache: it reads the source, serializes the recording and sets the lifetime. The response is the same for
 * every client.
 *
 * The returned function returns 200, 404 and 410. It throws `OriginError` for other errors and `CallNotPermittedError` if no call to the
 * source is allowed.
 */
export function createOriginFetch(options: OriginOptions): OriginFetch<OriginContext> {
  const { source, lifetimes, staleOnUpstreamAuth, now, logger } = options;
  const hidden = nullFields(options.hiddenFields);

  return async (_request, context) => {
    if (context === undefined) throw new TypeError('The cache called the origin without a context.');
    const { id, publicUrl, client, requestId } = context;
    const startedAt = now();
    let attempts = 0;
    let recording: RoomRecording;
    try {
      recording = await source.read(id, { client, onAttempt: () => (attempts += 1) });
    } catch (error) {
      if (error instanceof CallNotPermittedError) throw error;
      const failure = toUpstreamFailure(error, lifetimes);
      const response = failureResponse(failure, now());
      if (failure.status < 500) return response;
      // The entry of the request suffices if the error was remembered and no call was made.
      if (attempts > 0 || !(error instanceof RememberedError)) {
        const members = {
          request_id: requestId,
          code: failure.code,
          alert: shouldAlert(error) || undefined,
          attempts,
          duration_ms: now() - startedAt,
          room_sid: id.roomSid,
          recording_sid: id.sid,
          ...serializeError(error),
        };
        logger.write(logEntry('upstream.read_failed', startedAt, members));
      }
      // Someone may have revoked the credentials on purpose.
      const allowStale = failure.code !== 'upstream_auth' || staleOnUpstreamAuth;
      throw new OriginError(response, { allowStale, cause: error });
    }
    const text = serializeRecording(recording, id, publicUrl, hidden);
    return createResponse(200, text, now(), {
      etag: await weakEtag(text),
      'cache-control': recordingCacheControl(recording.status, lifetimes),
    });
  };
}

/** Parses the error response of an origin function after it passed through the cache, stored or not. */
export function parseStoredProblem({ body }: CachedResponse): StoredProblem {
  const problem: unknown = body === null ? undefined : JSON.parse(new TextDecoder().decode(body));
  if (isStoredProblem(problem)) return problem;
  return { error: 'internal', detail: PROBLEM_TYPES.internal.help };
}

function isStoredProblem(value: unknown): value is StoredProblem {
  return (
    typeof value === 'object' &&
    value !== null &&
    'error' in value &&
    'detail' in value &&
    typeof value.error === 'string' &&
    isErrorCode(value.error) &&
    typeof value.detail === 'string'
  );
}

function failureResponse(
  { status, code, detail, cacheControl, retryAfter }: UpstreamFailure,
  now: number,
): Response {
  const problem: StoredProblem = { error: code, detail };
  const headers: Record<string, string> = { 'cache-control': cacheControl };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  return createResponse(status, JSON.stringify(problem), now, headers);
}

/** Creates a response of bytes with a known length. It has a Date, because the clock of the cache measures durations only. */
function createResponse(
  status: number,
  text: string,
  now: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const body = new TextEncoder().encode(text);
  return new Response(body, {
    status,
    headers: {
      ...headers,
      'content-length': String(body.byteLength),
      'content-type': 'application/json',
      date: new Date(now).toUTCString(),
    },
  });
}

/** The error response to a read that failed, without anything that depends on the request. */
interface UpstreamFailure {
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly cacheControl: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;
}

/** Seconds of Retry-After if the source named none. */
const DEFAULT_RETRY_AFTER = 5;

/** Converts an error of a source to a response. Its text is the edge's own and repeats nothing from the source. */
function toUpstreamFailure(error: unknown, lifetimes: CacheLifetimes): UpstreamFailure {
  const code = error instanceof RecordingsError ? toErrorCode(error) : 'upstream_error';
  const { status, help } = PROBLEM_TYPES[code];
  return {
    status,
    code,
    detail: error instanceof RecordingsError ? (describeIssues(error) ?? help) : help,
    cacheControl: errorCacheControl(status, lifetimes),
    retryAfter: status === 503 ? retryAfterSeconds(error) : undefined,
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

function toErrorCode({ code, status, cause, twilioCode }: RecordingsError): ErrorCode {
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
function describeIssues({ issues }: RecordingsError): string | undefined {
  if (issues.length === 0) return undefined;
  const places = issues
    .slice(0, 5)
    .map(({ path, expected }) => `${path[0] ?? 'the body'}: expected ${expected}`);
  return `The response of the source is not a recording. At ${places.join('; ')}.`;
}

function retryAfterSeconds(error: unknown): number {
  if (!(error instanceof RecordingsError)) return DEFAULT_RETRY_AFTER;
  if (error.twilioCode === TWILIO_ACCOUNT_THROTTLED) return COOLDOWN_MAX_SECONDS;
  return Math.min(Math.max(error.retryAfter ?? DEFAULT_RETRY_AFTER, 1), COOLDOWN_MAX_SECONDS);
}
