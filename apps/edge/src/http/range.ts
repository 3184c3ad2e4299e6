import type { HeadersLike } from '@room-recordings/http-cache';

/** A range of bytes. `end` is exclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * The part of a representation that a request selects: all of it, a range, or none if the range begins after the end.
 */
export type RangeSelection = 'whole' | 'unsatisfiable' | (ByteRange & { readonly isOpenEnded: boolean });

/** One range. Its unit is case-insensitive (RFC 9110 §14.1). */
const SINGLE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Parses a Range header for a representation.
 *
 * A server may ignore the header (RFC 9110 §14.2): several ranges, another unit and an invalid range select the whole.
 *
 * @param value the header; undefined or null if the request has none.
 * @param size bytes of the representation.
 */
export function parseRange(value: string | null | undefined, size: number): RangeSelection {
  const [, first, last] = SINGLE_RANGE.exec(value ?? '') ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size, isOpenEnded: false };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  return { start, end, isOpenEnded: last === '' };
}

/** The result of the conditions of a request: the status of the response, or undefined if the request continues. */
export type ConditionStatus = 304 | 412 | undefined;

/**
 * Evaluates If-Match and If-None-Match in the order of RFC 9110 §13.2.2. Dates are not conditions, because media has no Last-Modified.
 *
 * @param etag a strong ETag; null if the representation has none.
 */
export function evaluateConditions(headers: HeadersLike, etag: string | null): ConditionStatus {
  const ifMatch = headers.get('if-match');
  if (typeof ifMatch === 'string' && !matchesStrongly(ifMatch, etag)) return 412;
  const ifNoneMatch = headers.get('if-none-match');
  if (typeof ifNoneMatch !== 'string') return undefined;
  return matchesWeakly(ifNoneMatch, etag) ? 304 : undefined;
}

/**
 * Returns whether the Range header of a request applies. If-Range needs the same strong ETag; a date never matches (RFC 9110 §13.1.5).
 *
 * @param etag a strong ETag; null if the representation has none.
 */
export function isRangeCurrent(headers: HeadersLike, etag: string | null): boolean {
  const condition = headers.get('if-range');
  return typeof condition !== 'string' || condition.trim() === etag;
}

/** The members of a list of entity tags. A comma may be part of a tag (RFC 9110 §8.8.3). */
const ENTITY_TAGS = /(?:^|,)[ \t]*((?:W\/)?"[^"]*")(?=[ \t]*(?:,|$))/g;

function listTags(value: string): readonly string[] {
  return [...value.matchAll(ENTITY_TAGS)].flatMap(([, tag]) => (tag === undefined ? [] : [tag]));
}

function matchesStrongly(value: string, etag: string | null): boolean {
  return value.trim() === '*' || (etag !== null && listTags(value).includes(etag));
}

function matchesWeakly(value: string, etag: string | null): boolean {
  if (value.trim() === '*') return true;
  return etag !== null && listTags(value).some((tag) => tag.replace(/^W\//, '') === etag);
}
