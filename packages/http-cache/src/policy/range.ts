import type { StoredResponse } from '../stores/store.ts';
import type { HeadersLike } from './vary.ts';

/** The bytes that a request wants: both ends counted from 0 and included; 'unsatisfiable' where there are none such. */
export type ByteRange = readonly [first: number, last: number] | 'unsatisfiable';

const BYTE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/**
 * Reads which bytes of a complete stored answer are asked for (RFC 9110 §14.2, RFC 9111 §3.4). Undefined: all of them,
 * as for several ranges, other units, anything that is no range, and an If-Range that does not hold.
 */
export function parseRange(stored: StoredResponse, request: HeadersLike): ByteRange | undefined {
  const range = request.get('range') ?? null;
  if (range === null || stored.body === null) return undefined;
  const [, first, last] = BYTE_RANGE.exec(range) ?? [];
  if (first === undefined || last === undefined || (first === '' && last === '')) return undefined;
  const ifRange = request.get('if-range') ?? null;
  return ifRange === null || holds(ifRange, stored)
    ? resolve(first, last, stored.body.byteLength)
    : undefined;
}

/** An If-Range compares strongly (RFC 9110 §13.1.5): a weak ETag never holds, a date only to the letter. */
function holds(ifRange: string, stored: StoredResponse): boolean {
  return ifRange.startsWith('"') ? ifRange === stored.etag : ifRange === stored.lastModified;
}

function resolve(first: string, last: string, length: number): ByteRange | undefined {
  if (first === '') {
    const suffix = Math.min(Number(last), length);
    return suffix === 0 ? 'unsatisfiable' : [length - suffix, length - 1];
  }
  if (last !== '' && Number(last) < Number(first)) return undefined;
  if (Number(first) >= length) return 'unsatisfiable';
  return [Number(first), last === '' ? length - 1 : Math.min(Number(last), length - 1)];
}

/** What Content-Range says of a part (RFC 9110 §14.4). */
export function formatContentRange(range: ByteRange, length: number): string {
  return range === 'unsatisfiable' ? `bytes */${length}` : `bytes ${range[0]}-${range[1]}/${length}`;
}
