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

/** Limits the requests of clients. */
export interface RequestRateLimiter {
  /**
   * Counts a request, and returns the wait of its client.
   *
   * @param repeatable the path and query of a request that does not count while its repetitions are allowed; undefined for a request that
   * always counts.
   */
  readonly check: (
    request: HttpRequest,
    repeatable: string | undefined,
    getRemoteAddress: GetRemoteAddress | undefined,
  ) => RetryAfterSeconds | Promise<RetryAfterSeconds>;
  /**
   * Allows the client of a request to repeat it for a minute. Call it after authorization: the requests of a client without access, each of
   * which costs a verification, must count.
   */
  readonly allowRepetitions: (
    request: HttpRequest,
    repeatable: string,
    getRemoteAddress: GetRemoteAddress | undefined,
  ) => void;
}

/** The time for which the repetitions of a request do not count, milliseconds. */
const REPETITION_WINDOW_MS = 60_000;

/** The characters of clients, paths and queries in each of two generations: about 10,000 URLs of media. */
const MAX_REPEATABLE_CHARACTERS = 4_194_304;

/**
 * Creates a limiter that identifies the client of each request.
 *
 * @param now whole milliseconds of a clock for durations.
 */
export function createRequestRateLimiter(
  limitClient: ClientRateLimiter,
  identifyClient: ClientIdentifier,
  now: () => number,
): RequestRateLimiter {
  const repetitions = new TwoGenerationCache<number>({ maxKeyCharacters: MAX_REPEATABLE_CHARACTERS });
  const isRepetition = (key: string): boolean => (repetitions.get(key) ?? Number.NEGATIVE_INFINITY) > now();
  return {
    check(request, repeatable, getRemoteAddress) {
      const client = identifyClient(request, getRemoteAddress);
      if (repeatable !== undefined && isRepetition(`${client} ${repeatable}`)) return undefined;
      return limitClient(client);
    },
    allowRepetitions(request, repeatable, getRemoteAddress) {
      const key = `${identifyClient(request, getRemoteAddress)} ${repeatable}`;
      if (!isRepetition(key)) repetitions.set(key, now() + REPETITION_WINDOW_MS);
    },
  };
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
