import type { CachedAnswer, Delay, HttpCache } from '@room-recordings/http-cache';
import { startDeadline } from './deadline.ts';
import type { ReadContext } from './origin.ts';
import type { Reply } from './reply.ts';
import { refuse, respond, type Exchange } from './respond.ts';
import { LONGEST_ANSWER_MS } from './upstream/policy.ts';
import { Withheld } from './upstream/withheld.ts';
import type { WaitingLimit, WaitingRefusal } from './waiting-limit.ts';

/** This edge in Cache-Status. */
export const CACHE_NAME = 'room-recordings';

/** The reasons in Cache-Status for a response to a request that may not wait. */
const DETAILS: Readonly<Record<WaitingRefusal, string>> = {
  overloaded: 'overloaded',
  rate_limited: 'caller-limited',
};

/** What a read goes through. */
interface Through {
  readonly cache: HttpCache<ReadContext>;
  readonly waiting: WaitingLimit;
  readonly delay: Delay;
}

/**
 * Reads by way of the cache, which asks the source where it has to.
 *
 * The cache is given a bare GET: no header of the client's reaches it, so nobody can make it ask or tell entries apart.
 */
export async function readThrough(
  exchange: Exchange,
  { cache, waiting, delay }: Through,
  key: string,
  context: ReadContext,
): Promise<Reply> {
  const refusal = waiting.refusal(context.caller);
  if (refusal !== undefined) return readAtHand(exchange, cache, key, refusal);
  const deadline = startDeadline(LONGEST_ANSWER_MS, delay);
  let answer: CachedAnswer;
  try {
    const request = new Request(key, { signal: deadline.signal });
    answer = await waiting.hold(context.caller, async () => collect(await cache.fetch(request, context)));
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

/** Sends the response that the cache has in memory, fresh or stale, and refuses everything else at once. */
function readAtHand(
  exchange: Exchange,
  cache: HttpCache<ReadContext>,
  key: string,
  refusal: WaitingRefusal,
): Reply {
  const detail = DETAILS[refusal];
  const found = cache.lookup(key, { notForwarded: detail });
  if (found !== undefined) return respond(exchange, found);
  return refuse(exchange, refusal, { fields: [sayStatus(detail), ['retry-after', '1']] });
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
