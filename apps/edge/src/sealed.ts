import type { CachedResponse } from '@room-recordings/http-cache';
import type { OriginResult, OriginFailure } from './answer.ts';
import { PROBLEM_TYPES, isErrorCode, type ErrorCode } from './http/error-codes.ts';

/** Tells this edge's own error across the cache; no client sees it. */
const ERROR = 'error-code';

/**
 * Puts an answer into the form that the cache keeps: identity bytes, a ready ETag and length, and the Cache-Control that
 * the cache obeys. Nothing that depends on who asks is in it, since one entry serves everyone.
 */
export function encodeOriginResult(answer: OriginResult): Response {
  if ('error' in answer) return sealFailure(answer);
  const body = new TextEncoder().encode(answer.body);
  const headers = {
    'cache-control': answer.cacheControl,
    'content-length': String(body.byteLength),
    'content-type': 'application/json',
    etag: answer.etag,
  };
  return new Response(body, { headers });
}

/** By its status the cache decides what may be served instead: for 502, 503 and 504 what is stale, for 401 nothing. */
function sealFailure({ status, error, detail, cacheControl, retryAfter }: OriginFailure): Response {
  const headers = new Headers({ 'cache-control': cacheControl, [ERROR]: error });
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter));
  return new Response(detail, { status, headers });
}

/** Reads a failure that came out of the cache, stored or not. */
export function decodeOriginError({ headers, body }: CachedResponse): {
  readonly error: ErrorCode;
  readonly detail: string;
} {
  const code = headers.find(([name]) => name === ERROR)?.[1] ?? '';
  const error = isErrorCode(code) ? code : 'internal';
  return { error, detail: body === null ? PROBLEM_TYPES[error].help : new TextDecoder().decode(body) };
}
