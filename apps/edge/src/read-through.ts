import type { CachedAnswer, Delay, HttpCache } from '@room-recordings/http-cache';
import { startDeadline } from './deadline.ts';
import type { ReadContext } from './origin.ts';
import type { Reply } from './reply.ts';
import { refuse, respond, type Exchange } from './respond.ts';
import { DEADLINE_MS } from './upstream/policy.ts';
import { Withheld } from './upstream/withheld.ts';

/** This edge in Cache-Status. */
export const CACHE_NAME = 'room-recordings';

/**
 * A little more than a read may take, milliseconds: for who has waited for the read of another, and then needs one of their
 * own.
 */
const LONGEST_ANSWER_MS = DEADLINE_MS + 500;

/**
 * Reads by way of the cache, which asks the source where it has to.
 *
 * The cache is given a bare GET: no header of the client's reaches it, so nobody can make it ask or tell entries apart.
 */
export async function readThrough(
  exchange: Exchange,
  cache: HttpCache<ReadContext>,
  key: string,
  context: ReadContext,
  delay: Delay,
): Promise<Reply> {
  const deadline = startDeadline(LONGEST_ANSWER_MS, delay);
  let answer: CachedAnswer;
  try {
    answer = await collect(await cache.fetch(new Request(key, { signal: deadline.signal }), context));
  } catch (fault) {
    // The call itself goes on: what it brings is for those who come later.
    if (deadline.signal.aborted)
      return refuse(exchange, 'upstream_timeout', { fields: [sayStatus('timeout')] });
    if (!(fault instanceof Withheld)) throw fault;
    return refuse(exchange, fault.error, {
      fields: [sayStatus(fault.detail), ['retry-after', String(fault.retryAfter)]],
    });
  } finally {
    deadline.end();
  }
  return respond(exchange, answer);
}

/**
 * The Cache-Status of an answer that the cache did not give: what it would have done is not known, so neither `hit` nor `fwd`
 * is said.
 *
 * @param detail a token (RFC 9211 section 2.8).
 */
function sayStatus(detail: string): [name: string, value: string] {
  return ['cache-status', `${CACHE_NAME}; detail=${detail}`];
}

async function collect(response: Response): Promise<CachedAnswer> {
  const { status, headers } = response;
  return { status, headers: [...headers], body: new Uint8Array(await response.arrayBuffer()) };
}
