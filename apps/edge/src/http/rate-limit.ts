import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { HttpRequest } from './types.ts';
import type { ClientIdentifier, GetRemoteAddress } from './client-address.ts';

/** The number of requests that a client may send in a period. */
export interface RequestRate {
  readonly requests: number;
  readonly seconds: number;
}

/** The wait of a client in seconds, at least 1; undefined if the request is within the rate. */
export type RetryAfterSeconds = number | undefined;

/** Counts a request of a client, and returns its wait. */
export type ClientRateLimiter = (client: string) => RetryAfterSeconds | Promise<RetryAfterSeconds>;

/** Counts a request, and returns the wait of its client. */
export type RequestRateLimiter = (
  request: HttpRequest,
  getRemoteAddress: GetRemoteAddress | undefined,
) => RetryAfterSeconds | Promise<RetryAfterSeconds>;

/** Creates a limiter that identifies the client of each request. */
export function createRequestRateLimiter(
  limitClient: ClientRateLimiter,
  identifyClient: ClientIdentifier,
): RequestRateLimiter {
  return (request, getRemoteAddress) => limitClient(identifyClient(request, getRemoteAddress));
}

interface Bucket {
  /** The used part of the rate at that time, in milliseconds times requests, so that no value is rounded. */
  readonly level: number;
  /** Milliseconds, by the clock of the limiter. */
  readonly at: number;
}

/** Clients in each of the two generations: about ten megabytes in total. */
const MAX_CLIENTS = 32_768;

/**
 * Creates a limiter that applies the generic cell rate algorithm to each client. All requests of the rate may arrive at once. After
 * that, one more request is allowed each time that its share of the period has passed. A rejected request does not count.
 *
 * @param now whole milliseconds of a clock for durations.
 * @returns a limiter whose map of clients is bounded: the clients without a request for longest are dropped first.
 */
export function createGcraLimiter(
  { requests, seconds }: RequestRate,
  now: () => number,
): (client: string) => RetryAfterSeconds {
  const cost = seconds * 1000;
  const capacity = cost * requests;
  const buckets = new TwoGenerationCache<Bucket>({ maxEntries: MAX_CLIENTS });

  return (client) => {
    const at = now();
    const bucket = buckets.get(client);
    // A clock that is set back must not give a client a part of its rate back.
    const elapsed = bucket === undefined ? 0 : Math.max(0, at - bucket.at);
    const level = Math.max(0, (bucket?.level ?? 0) - elapsed * requests);
    const excess = level + cost - capacity;
    buckets.set(client, { level: excess > 0 ? level : level + cost, at });
    return excess > 0 ? Math.ceil(excess / requests / 1000) : undefined;
  };
}
