import type { CachedAnswer, HttpCache } from '@room-recordings/http-cache';
import type { Reply } from './reply.ts';
import { refuse, respond, type Exchange } from './respond.ts';
import { Withheld } from './upstream/withheld.ts';

/** This edge in Cache-Status. */
export const CACHE_NAME = 'room-recordings';

/**
 * Reads by way of the cache, which asks the source where it has to.
 *
 * The cache is given a bare GET: no header of the client's reaches it, so nobody can make it ask or tell entries apart.
 */
export async function readThrough(exchange: Exchange, cache: HttpCache, key: string): Promise<Reply> {
  let answer: CachedAnswer;
  try {
    answer = await collect(await cache.fetch(new Request(key)));
  } catch (fault) {
    if (!(fault instanceof Withheld)) throw fault;
    return refuse(exchange, fault.error, {
      fields: [
        ['cache-status', `${CACHE_NAME}; fwd=miss; detail=${fault.detail}`],
        ['retry-after', String(fault.retryAfter)],
      ],
    });
  }
  return respond(exchange, answer);
}

async function collect(response: Response): Promise<CachedAnswer> {
  const { status, headers } = response;
  return { status, headers: [...headers], body: new Uint8Array(await response.arrayBuffer()) };
}
