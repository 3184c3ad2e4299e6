import { getHeader, type HeaderList } from '../headers.ts';
import type { StoredResponse } from '../stores/store.ts';
import { parseCacheControl, type CacheDirectives, parseTargetedCacheControl } from './cache-control.ts';
import {
  correctedInitialAge,
  isWithinStaleIfError,
  isWithinStaleWhileRevalidate,
  type RequestTiming,
  HEURISTICALLY_CACHEABLE_STATUSES,
  computeFreshness,
} from './freshness.ts';
import { hasValidator } from './validation.ts';
import { parseVary, type HeadersLike } from './vary.ts';

/** The last understood status of each class (RFC 9110 §15): this cache follows its caching rules, as must-understand requires. */
const UNDERSTOOD_STATUS_CEILINGS = [205, 308, 417, 505];

/** Statuses that are never stored: each of them describes a part, a condition or a range. */
const NEVER_STORED = new Set([206, 304, 416]);

/** The status and headers of a response. They decide whether the response is stored before its body is read. */
export type ResponseHead = Pick<Response, 'status' | 'headers'>;

/** A stored response that still lacks its headers and body. */
export interface StorableHead {
  readonly stored: StoredResponse;
  /** Header names listed in `private="…"` or `no-cache="…"`: sent to the requesting client, never stored. */
  readonly privateFieldNames: readonly string[];
}

/**
 * Decides whether a shared cache may store the response to a GET (RFC 9111 §3) and can use it later.
 *
 * @param request the headers that were sent to the origin.
 * @param staleIfError seconds, used if the response has no stale-if-error directive.
 * @returns undefined if the response must not be stored or is useless to the cache.
 */
export function toStorable(
  head: ResponseHead,
  request: HeadersLike,
  timing: RequestTiming,
  staleIfError: number,
): StorableHead | undefined {
  const { status, headers } = head;
  // A valid targeted header overrides Cache-Control (RFC 9213 §2.2).
  const targeted = parseTargetedCacheControl(headers.get('cdn-cache-control') ?? '');
  const directives = targeted ?? parseCacheControl(headers.get('cache-control') ?? '');
  const vary = parseVary(headers.get('vary'), request);
  if (vary === undefined || !canStore(status, directives, request)) return undefined;

  const { receivedAt } = timing;
  const { isExplicit, ...freshness } = computeFreshness(
    status,
    headers,
    directives,
    targeted !== undefined,
    receivedAt,
    staleIfError,
  );
  const initialAge = correctedInitialAge(headers.get('age'), timing);
  const stored: StoredResponse = {
    status,
    headers: [],
    body: null,
    cacheStatus: headers.get('cache-status') ?? '',
    storedAt: receivedAt,
    initialAge,
    ...freshness,
    vary,
    etag: headers.get('etag'),
    lastModified: headers.get('last-modified'),
  };
  const isAllowed =
    isExplicit || directives.flags.has('public') || HEURISTICALLY_CACHEABLE_STATUSES.has(status);
  const isUseful =
    isWithinStaleWhileRevalidate(stored, initialAge) ||
    isWithinStaleIfError(stored, initialAge) ||
    hasValidator(stored);
  if (!isAllowed || !isUseful) return undefined;
  return { stored, privateFieldNames: directives.privateFieldNames };
}

function canStore(status: number, { numbers, flags }: CacheDirectives, request: HeadersLike): boolean {
  if (NEVER_STORED.has(status) || flags.has('private')) return false;
  // must-understand with an understood status overrides no-store (RFC 9111 §5.2.2.3).
  if (flags.has('must-understand') ? !isUnderstood(status) : flags.has('no-store')) return false;
  // The response to a request with credentials is shared only if a directive allows it (RFC 9111 §3.5).
  const canShare = flags.has('public') || flags.has('must-revalidate') || numbers.has('s-maxage');
  return canShare || (request.get('authorization') ?? null) === null;
}

function isUnderstood(status: number): boolean {
  return UNDERSTOOD_STATUS_CEILINGS.some((last) => status <= last && status >= last - (last % 100));
}

/**
 * Adds a Date to headers without one (RFC 9110 §6.6.1).
 *
 * @param now the time at which the response arrived, milliseconds since 1970.
 */
export function ensureDate(headers: HeaderList, now: number): HeaderList {
  return getHeader(headers, 'date') === undefined
    ? [...headers, ['date', new Date(now).toUTCString()]]
    : headers;
}
