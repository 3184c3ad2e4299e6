import type { StoredResponse } from '../stores/store.ts';
import { MAX_DELTA_SECONDS, type CacheDirectives, parseDeltaSeconds } from './cache-control.ts';
import { parseHttpDate } from './http-date.ts';

/** The heuristic lifetime is this fraction of the time since Last-Modified (RFC 9111 §4.2.2), and at most a day. */
const HEURISTIC_FRACTION = 0.1;
const MAX_HEURISTIC_SECONDS = 86_400;

/** Statuses that may be stored with a heuristic lifetime (RFC 9110 §15.1). 206 is missing: this cache does not store it. */
export const HEURISTICALLY_CACHEABLE_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** Directives that, like s-maxage, forbid stale responses (RFC 9111 §4.2.4). */
const DIRECTIVES_FORBIDDING_STALE = ['no-cache', 'must-revalidate', 'proxy-revalidate'];

/** The durations for which a response may be used, seconds. */
export interface Freshness {
  readonly lifetime: number;
  /** Whether the response has an explicit lifetime, valid or not, as RFC 9111 §3 requires for most statuses. */
  readonly isExplicit: boolean;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
}

/**
 * Computes how long a response is fresh (RFC 9111 §4.2.1): by s-maxage, else max-age, else Expires, else heuristics (§4.2.2). The
 * lifetime is 0 if its value is not a number.
 *
 * @param isTargeted whether the directives come from a targeted header, which overrides Expires (RFC 9213 §2.2).
 * @param receivedAt milliseconds since 1970.
 * @param staleIfError seconds, used if the response has no stale-if-error directive.
 */
export function computeFreshness(
  status: number,
  headers: Headers,
  directives: CacheDirectives,
  isTargeted: boolean,
  receivedAt: number,
  staleIfError: number,
): Freshness {
  const { numbers, flags } = directives;
  const explicit =
    numbers.get('s-maxage') ??
    numbers.get('max-age') ??
    (isTargeted ? undefined : lifetimeFromExpires(headers, receivedAt));
  const lifetime = explicit ?? heuristicLifetime(status, headers, directives, receivedAt);
  const canBeStale = allowsStale(status, directives);
  // no-cache permits storing and requires a validation at every use (RFC 9111 §5.2.2.4).
  return {
    lifetime: flags.has('no-cache') ? 0 : lifetime || 0,
    isExplicit: explicit !== undefined,
    staleWhileRevalidate: (canBeStale && numbers.get('stale-while-revalidate')) || 0,
    staleIfError: (canBeStale && (numbers.get('stale-if-error') ?? staleIfError)) || 0,
  };
}

/** Returns whether a response may be used stale. Directives that forbid it win (RFC 9111 §4.2.4); an error is never used stale. */
function allowsStale(status: number, { numbers, flags }: CacheDirectives): boolean {
  return (
    status < 400 && !numbers.has('s-maxage') && !DIRECTIVES_FORBIDDING_STALE.some((name) => flags.has(name))
  );
}

/** Computes Expires minus Date (RFC 9111 §5.3). An invalid or repeated Expires lies in the past. */
function lifetimeFromExpires(headers: Headers, receivedAt: number): number | undefined {
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const seconds = (parseHttpDate(expires, receivedAt) - dateOrReceivedAt(headers, receivedAt)) / 1000;
  return Math.max(0, Math.min(MAX_DELTA_SECONDS, seconds));
}

function heuristicLifetime(
  status: number,
  headers: Headers,
  directives: CacheDirectives,
  receivedAt: number,
): number {
  if (!HEURISTICALLY_CACHEABLE_STATUSES.has(status) && !directives.flags.has('public')) return 0;
  const lastModified = parseHttpDate(headers.get('last-modified') ?? '', receivedAt);
  const unchangedSeconds = (dateOrReceivedAt(headers, receivedAt) - lastModified) / 1000;
  return Math.max(0, Math.min(MAX_HEURISTIC_SECONDS, unchangedSeconds * HEURISTIC_FRACTION));
}

/** Returns the Date of a response; the time of its arrival if Date is missing or invalid. Milliseconds. */
function dateOrReceivedAt(headers: Headers, receivedAt: number): number {
  const date = parseHttpDate(headers.get('date') ?? '', receivedAt);
  return Number.isNaN(date) ? receivedAt : date;
}

/** The times at which a request was sent and its response arrived, milliseconds since 1970. */
export interface RequestTiming {
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** Parses Age (RFC 9111 §5.1), seconds. The first member of a list counts; an invalid value is 0. */
function parseAge(text: string | null): number {
  const [first = ''] = (text ?? '').split(',');
  return parseDeltaSeconds(first.trim()) || 0;
}

/**
 * Computes the age of a response at its arrival, seconds: its Age plus the whole duration of the request. This is corrected_age_value
 * of RFC 9111 §4.2.3, which may be used alone. Date of the origin is ignored, so that one clock counts: that of this cache.
 */
export function correctedInitialAge(age: string | null, { sentAt, receivedAt }: RequestTiming): number {
  return parseAge(age) + Math.max(0, receivedAt - sentAt) / 1000;
}

/**
 * Returns the current age of a stored response, seconds, not rounded (RFC 9111 §4.2.3, current_age).
 *
 * @param now milliseconds since 1970.
 */
export function currentAge(stored: StoredResponse, now: number): number {
  return Math.min(MAX_DELTA_SECONDS, stored.initialAge + Math.max(0, now - stored.storedAt) / 1000);
}

/** Returns whether a stored response is fresh. It is stale if its age equals its lifetime (RFC 9111 §4.2). */
export function isFresh(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime;
}

/** Returns whether a stored response may be served during its revalidation (RFC 5861 §3). */
export function isWithinStaleWhileRevalidate(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleWhileRevalidate;
}

/** Returns whether a stored response may be served in place of an error (RFC 5861 §4). */
export function isWithinStaleIfError(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleIfError;
}
