import type { StoredResponse } from '../stores/store.ts';
import type { HeadersLike } from './vary.ts';

/** A byte range. Both positions count from 0 and are inclusive. It is 'unsatisfiable' if the body has none of its bytes. */
export type ByteRange = readonly [first: number, last: number] | 'unsatisfiable';

const BYTE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Parses the Range header of a request for a stored response (RFC 9110 §14.2, RFC 9111 §3.4).
 *
 * @returns undefined if the whole body must be sent: without a valid Range, for several ranges, for another unit, and for an If-Range
 * that does not match.
 */
export function parseRange(stored: StoredResponse, request: HeadersLike): ByteRange | undefined {
  const range = request.get('range') ?? null;
  if (range === null || stored.body === null) return undefined;
  const [, first, last] = BYTE_RANGE.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const ifRange = request.get('if-range') ?? null;
  return ifRange === null || matchesIfRange(ifRange, stored)
    ? resolveRange(first, last, stored.body.byteLength)
    : undefined;
}

/** Compares If-Range strongly (RFC 9110 §13.1.5): a weak ETag never matches, and a date matches only the identical text. */
function matchesIfRange(ifRange: string, stored: StoredResponse): boolean {
  return ifRange.startsWith('"') ? ifRange === stored.etag : ifRange === stored.lastModified;
}

function resolveRange(first: string, last: string, length: number): ByteRange | undefined {
  if (first === '') {
    const suffix = Math.min(Number(last), length);
    return suffix === 0 ? 'unsatisfiable' : [length - suffix, length - 1];
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= length) return 'unsatisfiable';
  return [Number(first), last === '' ? length - 1 : Math.min(Number(last), length - 1)];
}

/** Formats a Content-Range header (RFC 9110 §14.4). `length` is that of the whole body, in bytes. */
export function formatContentRange(range: ByteRange, length: number): string {
  return range === 'unsatisfiable' ? `bytes */${length}` : `bytes ${range[0]}-${range[1]}/${length}`;
}
