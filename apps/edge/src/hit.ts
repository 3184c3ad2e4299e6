import type { CachedResponse, HeaderList } from '@room-recordings/http-cache';
import type { HttpRequest } from './http/types.ts';
import { evaluatePreconditions } from './precondition.ts';
import type { HttpResponse } from './reply.ts';

/** Fields about a body, which a 304 does not bring. */
const ABOUT_BODY = /^content-(?:type|length)$/;

/**
 * Sends a recording that the cache gave; undefined where a condition of the request has failed.
 *
 * With the look-up before it this is all that a hit does, and it sets the speed of the edge. Do not add parsing, hashing,
 * a regular expression, JSON, a clock or an object: what is the same for every reader belongs into the stored answer
 * (sealed.ts), what is the same for every answer into `common` (manner.ts), and what is rare behind a rare header.
 */
export function respondFromCache(
  asked: HttpRequest,
  requestId: string,
  common: HeaderList,
  { headers, body }: CachedResponse,
): HttpResponse | undefined {
  // The list was made for this request alone; the pairs in it are shared.
  for (const field of common) headers.push(field);
  headers.push(['x-request-id', requestId]);
  if (asked.headers.get('if-none-match') || asked.headers.get('if-match')) {
    const etag = headers.find(([name]) => name === 'etag')?.[1] ?? '';
    const precondition = evaluatePreconditions(asked.headers, etag);
    if (precondition === 'failed') return undefined;
    if (precondition === 'not-modified') {
      return { status: 304, headers: headers.filter(([name]) => !ABOUT_BODY.test(name)), body: null };
    }
  }
  return { status: 200, headers, body: asked.method === 'HEAD' ? null : body };
}
