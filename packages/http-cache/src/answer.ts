import { appendMember } from './cache-status.ts';
import type { Bytes, StoredAnswer } from './entry.ts';
import { omitFields, type Fields } from './fields.ts';
import { readRange, writeContentRange } from './ranges.ts';
import { isNotModified, listNotModifiedFields } from './validation.ts';
import type { HeaderReader } from './vary.ts';

/** An answer as plain data: what a Response, or a server's own way to write one, is made of. */
export interface CachedAnswer {
  readonly status: number;
  /** Names in lower case, in order; Set-Cookie may be there more than once. */
  readonly headers: [name: string, value: string][];
  /** Null for HEAD and for statuses without one. Shared with the store: not to be written to. */
  readonly body: Bytes | null;
}

/** What of a request decides how it is answered from the store. */
export interface Asked {
  readonly method: string;
  readonly headers: HeaderReader;
}

/**
 * Answers a request with a stored answer (RFC 9111 §4, §4.3.2): whole, as a 304 or as a part of it. `age` is seconds
 * and undefined where the answer has just come from the origin, `member` what Cache-Status is to say, `now` milliseconds.
 */
export function answerWith(
  stored: StoredAnswer,
  asked: Asked,
  age: number | undefined,
  member: string,
  now: number,
): CachedAnswer {
  if (stored.status === 200) {
    if (isNotModified(stored, asked.headers, now)) {
      return {
        status: 304,
        headers: complete(listNotModifiedFields(stored), stored, age, member),
        body: null,
      };
    }
    const range = asked.method === 'GET' ? readRange(stored, asked.headers) : undefined;
    if (range !== undefined && stored.body !== null) {
      const fields: Fields = [
        ...omitFields(stored.headers, ['content-length', 'content-range']),
        ['content-range', writeContentRange(range, stored.body.byteLength)],
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
  fields: Fields,
  stored: StoredAnswer,
  age: number | undefined,
  member: string,
): CachedAnswer['headers'] {
  const headers = fields.slice();
  if (age !== undefined) headers.push(['age', String(Math.floor(age))]);
  headers.push(['cache-status', appendMember(stored.cacheStatus, member)]);
  return headers;
}
