import type { CachedResponse, Sleep, HttpCache } from '@room-recordings/http-cache';
import { startTimeout } from '../concurrency/timeout.ts';
import type { PendingRequestLimiter, PendingLimitError } from '../http/pending-request-limiter.ts';
import { problemResponse, respondToRecording, type RequestContext } from '../http/respond.ts';
import type { HttpResponse } from '../http/types.ts';
import type { ReadContext } from '../recordings/origin.ts';
import { CallNotPermittedError } from '../twilio/resilience/errors.ts';
import { RESPONSE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** This edge in Cache-Status. */
export const CACHE_NAME = 'room-recordings';

/** The reasons in Cache-Status for a response to a request that may not wait. */
const DETAILS: Readonly<Record<PendingLimitError, string>> = {
  overloaded: 'overloaded',
  rate_limited: 'caller-limited',
};

/** What a read goes through. */
interface Through {
  readonly cache: HttpCache<ReadContext>;
  readonly waiting: PendingRequestLimiter;
  readonly sleep: Sleep;
}

/**
 * Reads by way of the cache, which asks the source where it has to.
 *
 * The cache is given a bare GET: no header of the client's reaches it, so nobody can make it ask or tell entries apart.
 */
export async function handleRecording(
  exchange: RequestContext,
  { cache, waiting, sleep }: Through,
  key: string,
  context: ReadContext,
): Promise<HttpResponse> {
  const refusal = waiting.refusal(context.caller);
  if (refusal !== undefined) return readAtHand(exchange, cache, key, refusal);
  const deadline = startTimeout(RESPONSE_TIMEOUT_MS, sleep);
  let answer: CachedResponse;
  try {
    const request = new Request(key, { signal: deadline.signal });
    answer = await waiting.hold(context.caller, async () => collect(await cache.fetch(request, context)));
  } catch (fault) {
    // The call itself goes on: what it brings is for those who come later.
    if (deadline.signal.aborted)
      return problemResponse(exchange, 'upstream_timeout', { fields: [sayStatus('timeout')] });
    if (!(fault instanceof CallNotPermittedError)) throw fault;
    return problemResponse(exchange, fault.error, {
      fields: [sayStatus(fault.detail), ['retry-after', String(fault.retryAfter)]],
    });
  } finally {
    deadline.clear();
  }
  return respondToRecording(exchange, answer);
}

/** Sends the response that the cache has in memory, fresh or stale, and refuses everything else at once. */
function readAtHand(
  exchange: RequestContext,
  cache: HttpCache<ReadContext>,
  key: string,
  refusal: PendingLimitError,
): HttpResponse {
  const detail = DETAILS[refusal];
  const found = cache.lookup(key, { notForwarded: detail });
  if (found !== undefined) return respondToRecording(exchange, found);
  return problemResponse(exchange, refusal, { fields: [sayStatus(detail), ['retry-after', '1']] });
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

async function collect(response: Response): Promise<CachedResponse> {
  const { status, headers } = response;
  return { status, headers: [...headers], body: new Uint8Array(await response.arrayBuffer()) };
}
