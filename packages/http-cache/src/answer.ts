import { appendCacheStatus } from './cache-status.ts';
import type { Bytes, StoredResponse } from './entry.ts';
import { omitHeaders, type HeaderList } from './headers.ts';
import { parseRange, formatContentRange } from './policy/range.ts';
import { isNotModified, notModifiedHeaders } from './policy/validation.ts';
import type { HeadersLike } from './policy/vary.ts';

/** An answer as plain data: what a Response, or a server's own way to write one, is made of. */
export interface CachedResponse {
  readonly status: number;
  /** Names in lower case, in order; Set-Cookie may be there more than once. */
  readonly headers: [name: string, value: string][];
  /** Null for HEAD and for statuses without one. Shared with the store: not to be written to. */
  readonly body: Bytes | null;
}

/** What of a request decides how it is answered from the store. */
export interface CacheRequest {
  readonly method: string;
  readonly headers: HeadersLike;
}

/**
 * Answers a request with a stored answer (RFC 9111 §4, §4.3.2): whole, as a 304 or as a part of it. `age` is seconds
 * and undefined where the answer has just come from the origin, `member` what Cache-Status is to say, `now` milliseconds.
 */
export function buildCachedResponse(
  stored: StoredResponse,
  asked: CacheRequest,
  age: number | undefined,
  member: string,
  now: number,
): CachedResponse {
  if (stored.status === 200) {
    if (isNotModified(stored, asked.headers, now)) {
      return {
        status: 304,
        headers: complete(notModifiedHeaders(stored), stored, age, member),
        body: null,
      };
    }
    const range = asked.method === 'GET' ? parseRange(stored, asked.headers) : undefined;
    if (range !== undefined && stored.body !== null) {
      const fields: HeaderList = [
        ...omitHeaders(stored.headers, ['content-length', 'content-range']),
        ['content-range', formatContentRange(range, stored.body.byteLength)],
      ];
      const isPart = range !== 'unsatisfiable';
      return {
        status: isPart ? 206 : 416,
        headers: complete(fields, stored, age, member),
        body: isPart ? stored.body.subarray(range[0], range[1] + 1) : null,
      };
    }
  }
  const body = asked.method === 'HEAD' ? null : stored.body;
  return { status: stored.status, headers: complete(stored.headers, stored, age, member), body };
}

/** Date stays as it came; Age is of this moment, and replaces the stored one (RFC 9111 §5.1). */
function complete(
  fields: HeaderList,
  stored: StoredResponse,
  age: number | undefined,
  member: string,
): CachedResponse['headers'] {
  const headers = fields.slice();
  if (age !== undefined) headers.push(['age', String(Math.floor(age))]);
  headers.push(['cache-status', appendCacheStatus(stored.cacheStatus, member)]);
  return headers;
}
