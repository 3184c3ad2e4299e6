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

/** The last of each class of statuses (RFC 9110 §15) whose own rules this cache follows, as must-understand asks. */
const LAST_UNDERSTOOD = [205, 308, 417, 505];

/** Statuses that are about a part, a condition or a moment: never a stored answer of their own. */
const NEVER_STORED = new Set([206, 304, 416]);

/** An answer's head: what is decided on before its body is read. */
export type ResponseHead = Pick<Response, 'status' | 'headers'>;

/** A stored answer that has no fields and no body yet, and the names of the fields that only the one who asked may get. */
export interface StorableHead {
  readonly stored: StoredResponse;
  readonly withheld: readonly string[];
}

/**
 * Decides whether a shared cache may store an answer to a GET, and whether that is of use (RFC 9111 §3), and prepares
 * it; undefined for no. `request` is what was sent upstream, `staleIfError` seconds.
 */
export function toStorable(
  head: ResponseHead,
  request: HeadersLike,
  exchange: RequestTiming,
  staleIfError: number,
): StorableHead | undefined {
  const { status, headers } = head;
  // A field for this kind of cache decides alone, where it is valid (RFC 9213 §2.2).
  const targeted = parseTargetedCacheControl(headers.get('cdn-cache-control') ?? '');
  const directives = targeted ?? parseCacheControl(headers.get('cache-control') ?? '');
  const vary = parseVary(headers.get('vary'), request);
  if (vary === undefined || !mayStore(status, directives, request)) return undefined;

  const { receivedAt } = exchange;
  const { isExplicit, ...freshness } = computeFreshness(
    status,
    headers,
    directives,
    targeted !== undefined,
    receivedAt,
    staleIfError,
  );
  const initialAge = correctedInitialAge(headers.get('age'), exchange);
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
  const isOfUse =
    isWithinStaleWhileRevalidate(stored, initialAge) ||
    isWithinStaleIfError(stored, initialAge) ||
    hasValidator(stored);
  if (!isAllowed || !isOfUse) return undefined;
  return { stored, withheld: directives.withheld };
}

function mayStore(status: number, { numbers, flags }: CacheDirectives, request: HeadersLike): boolean {
  if (NEVER_STORED.has(status) || flags.has('private')) return false;
  // must-understand with a status that is understood outweighs no-store (RFC 9111 §5.2.2.3).
  if (flags.has('must-understand') ? !isUnderstood(status) : flags.has('no-store')) return false;
  // What was asked with credentials is for the one who has them, unless it says otherwise (RFC 9111 §3.5).
  const isAllowedToShare = flags.has('public') || flags.has('must-revalidate') || numbers.has('s-maxage');
  return isAllowedToShare || (request.get('authorization') ?? null) === null;
}

function isUnderstood(status: number): boolean {
  return LAST_UNDERSTOOD.some((last) => status <= last && status >= last - (last % 100));
}

/** An answer without a Date gets that of the moment it came (RFC 9110 §6.6.1); `now` is milliseconds. */
export function ensureDate(fields: HeaderList, now: number): HeaderList {
  return getHeader(fields, 'date') === undefined
    ? [...fields, ['date', new Date(now).toUTCString()]]
    : fields;
}
