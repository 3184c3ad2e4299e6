import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { HttpRequest } from './types.ts';
import type { ClientIdentifier, GetRemoteAddress } from './client-address.ts';

/** How many requests a caller may send in how much time. */
export interface RequestRate {
  readonly requests: number;
  readonly seconds: number;
}

/** For how long a caller has to wait, in seconds, 1 at least; undefined where it need not. */
export type RetryAfterSeconds = number | undefined;

/** Counts a request of a caller, and says whether it comes too soon. */
export type ClientRateLimiter = (caller: string) => RetryAfterSeconds | Promise<RetryAfterSeconds>;

/** Counts a request, and says whether it comes too soon. */
export type RequestRateLimiter = (
  asked: HttpRequest,
  peerAddress: GetRemoteAddress | undefined,
) => RetryAfterSeconds | Promise<RetryAfterSeconds>;

/** Limits requests by who sent them. */
export function createRequestRateLimiter(
  limitCaller: ClientRateLimiter,
  callerOf: ClientIdentifier,
): RequestRateLimiter {
  return (asked, peerAddress) => limitCaller(callerOf(asked, peerAddress));
}

interface Bucket {
  /** What the caller has used up at that time, in milliseconds times requests, so that nothing is ever rounded. */
  readonly level: number;
  /** Milliseconds, by the clock of the limit. */
  readonly at: number;
}

/** Callers that are remembered, twice as many at most: about ten megabytes. */
const MOST_CALLERS = 32_768;

/**
 * Limits each caller by the generic cell rate algorithm: all requests may come at once, and each one's share of the time
 * has to pass before there is room for another. A request that comes too soon uses nothing up.
 *
 * @param now whole milliseconds of a clock for durations.
 */
export function createGcraLimiter(
  { requests, seconds }: RequestRate,
  now: () => number,
  mostCallers: number = MOST_CALLERS,
): (caller: string) => RetryAfterSeconds {
  const cost = seconds * 1000;
  const capacity = cost * requests;
  const buckets = new TwoGenerationCache<Bucket>({ maxEntries: mostCallers });

  return (caller) => {
    const at = now();
    const before = buckets.get(caller);
    // A clock that was set back gives nothing back.
    const elapsed = before === undefined ? 0 : Math.max(0, at - before.at);
    const level = Math.max(0, (before?.level ?? 0) - elapsed * requests);
    const over = level + cost - capacity;
    buckets.set(caller, { level: over > 0 ? level : level + cost, at });
    return over > 0 ? Math.ceil(over / requests / 1000) : undefined;
  };
}
