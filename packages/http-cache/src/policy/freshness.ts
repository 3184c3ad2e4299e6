import type { StoredResponse } from '../stores/store.ts';
import { MAX_DELTA_SECONDS, type CacheDirectives, parseDeltaSeconds } from './cache-control.ts';
import { parseHttpDate } from './http-date.ts';

/** A tenth of the time since it was last changed, and a day at most, is what an answer without a lifetime gets. */
const HEURISTIC_SHARE = 0.1;
const HEURISTIC_MOST_SECONDS = 86_400;

/** Statuses that may be stored without a word about it, and given a lifetime (RFC 9110 §15.1); 206 is not stored here. */
export const HEURISTICALLY_CACHEABLE_STATUSES: ReadonlySet<number> = new Set([
  200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501,
]);

/** Directives that, like s-maxage, forbid to serve an answer that is stale (RFC 9111 §4.2.4). */
const FORBIDDING = ['no-cache', 'must-revalidate', 'proxy-revalidate'];

/** How long an answer may be used, seconds, counted from its origin. */
export interface Freshness {
  readonly lifetime: number;
  /** Whether the answer says a lifetime itself, be it an invalid one: what RFC 9111 §3 asks of any status. */
  readonly isExplicit: boolean;
  readonly staleWhileRevalidate: number;
  readonly staleIfError: number;
}

/**
 * Computes how long an answer is fresh (RFC 9111 §4.2.1): s-maxage, else max-age, else Expires, else by heuristics
 * (§4.2.2). A lifetime that is no number is 0. `isTargeted` says that the directives come from a field for this kind of
 * cache, and Expires counts for nothing then (RFC 9213 §2.2). `receivedAt` is milliseconds, `staleIfError` seconds.
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
    (isTargeted ? undefined : computeByExpires(headers, receivedAt));
  const lifetime = explicit ?? computeByHeuristics(status, headers, directives, receivedAt);
  const isAllowed = mayBeStale(status, directives);
  // no-cache may be stored, and asks for a validation at every use (RFC 9111 §5.2.2.4).
  return {
    lifetime: flags.has('no-cache') ? 0 : lifetime || 0,
    isExplicit: explicit !== undefined,
    staleWhileRevalidate: (isAllowed && numbers.get('stale-while-revalidate')) || 0,
    staleIfError: (isAllowed && (numbers.get('stale-if-error') ?? staleIfError)) || 0,
  };
}

/** The directives that forbid stale answers (RFC 9111 §4.2.4) outweigh those that allow them; an error never is stale. */
function mayBeStale(status: number, { numbers, flags }: CacheDirectives): boolean {
  return status < 400 && !numbers.has('s-maxage') && !FORBIDDING.some((name) => flags.has(name));
}

/** Expires less Date (RFC 9111 §5.3); an Expires that is no date, or comes twice, is in the past. */
function computeByExpires(headers: Headers, receivedAt: number): number | undefined {
  const expires = headers.get('expires');
  if (expires === null) return undefined;
  const seconds = (parseHttpDate(expires, receivedAt) - readDate(headers, receivedAt)) / 1000;
  return Math.max(0, Math.min(MAX_DELTA_SECONDS, seconds));
}

function computeByHeuristics(
  status: number,
  headers: Headers,
  directives: CacheDirectives,
  receivedAt: number,
): number {
  if (!HEURISTICALLY_CACHEABLE_STATUSES.has(status) && !directives.flags.has('public')) return 0;
  const lastModified = parseHttpDate(headers.get('last-modified') ?? '', receivedAt);
  const unchanged = (readDate(headers, receivedAt) - lastModified) / 1000;
  return Math.max(0, Math.min(HEURISTIC_MOST_SECONDS, unchanged * HEURISTIC_SHARE));
}

/** When the answer was made; when it came, where it does not say. */
function readDate(headers: Headers, receivedAt: number): number {
  const date = parseHttpDate(headers.get('date') ?? '', receivedAt);
  return Number.isNaN(date) ? receivedAt : date;
}

/** When a request went out and when its answer came, milliseconds. */
export interface RequestTiming {
  readonly sentAt: number;
  readonly receivedAt: number;
}

/** The seconds that Age says (RFC 9111 §5.1): of a list or several lines the first, and 0 for what is no number. */
function parseAge(text: string | null): number {
  const [first = ''] = (text ?? '').split(',');
  return parseDeltaSeconds(first.trim()) || 0;
}

/**
 * How old an answer was when it came, seconds: its Age and the whole time the exchange took (RFC 9111 §4.2.3,
 * corrected_age_value, which may be used alone). The upstream's Date plays no part: one clock, this cache's own.
 */
export function correctedInitialAge(age: string | null, { sentAt, receivedAt }: RequestTiming): number {
  return parseAge(age) + Math.max(0, receivedAt - sentAt) / 1000;
}

/** How old a stored answer is now, seconds, not rounded (RFC 9111 §4.2.3, current_age); `now` is milliseconds. */
export function currentAge(stored: StoredResponse, now: number): number {
  return Math.min(MAX_DELTA_SECONDS, stored.initialAge + Math.max(0, now - stored.storedAt) / 1000);
}

/** Whether it may be used without asking: at equality it may not (RFC 9111 §4.2). */
export function isFresh(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime;
}

/** Whether it may be served while it is refreshed (RFC 5861 §3); seconds, counted from when it turned stale. */
export function isWithinStaleWhileRevalidate(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleWhileRevalidate;
}

/** Whether it may be served instead of an error (RFC 5861 §4); seconds, counted from when it turned stale. */
export function isWithinStaleIfError(stored: StoredResponse, age: number): boolean {
  return age < stored.lifetime + stored.staleIfError;
}
