import type { FetchFunction } from './http/types.ts';
import {
  createHttpCache,
  sleep as sleepByTimer,
  type CacheApi,
  type Sleep,
  type HttpCache,
} from '@room-recordings/http-cache';
import { createApp, type RequestHandler } from './app.ts';
import { authorizeFromConfig } from './auth/authorizer.ts';
import { createClockFromWall } from './concurrency/monotonic-clock.ts';
import { fingerprint } from './concurrency/retained-strings.ts';
import type { Config } from './config/config.ts';
import { createClientIdentifier, type ClientIdentifier } from './http/client-address.ts';
import { PendingRequestLimiter } from './http/pending-request-limiter.ts';
import { createGcraLimiter, createRequestRateLimiter, type ClientRateLimiter } from './http/rate-limit.ts';
import type { Logger, LogEntry } from './logging.ts';
import { createEntryClamp } from './recordings/cache-control.ts';
import { createOriginFetch, type ReadContext } from './recordings/origin.ts';
import type { RecordingSource } from './recordings/recording-source.ts';
import { cacheKeyBuilder, createTieredStore } from './recordings/tiered-store.ts';
import { createReadiness } from './routes/health.ts';
import { CACHE_NAME } from './routes/recording-route.ts';
import { createAccountLimits } from './twilio/resilience/account-limits.ts';

/** What an edge needs of the outside. */
export interface EdgeServices {
  /** Reaches what access is checked against; the runtime's own by default. */
  readonly fetch?: FetchFunction;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, for durations: it never goes back. Default: `now`, but for what that is set back by. */
  readonly monotonic?: () => number;
  readonly sleep?: Sleep;
  /** Keeps the runtime awake for work that outlives an answer. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** The cache behind the memory, where the runtime has one; not used for an archive. */
  readonly cacheApi?: CacheApi | undefined;
  /** The runtime's own limit of callers, in place of the one that the settings name. */
  readonly limitCaller?: ClientRateLimiter | undefined;
  /** Requests that may wait at a time; default 2,000. */
  readonly maxWaiting?: number;
  readonly log: Logger;
  /** Whether the process ends after the requests that it has; false by default. */
  readonly isDraining?: () => boolean;
}

/** An edge, and the cache that it reads through; undefined where the settings name no source. */
export interface Edge {
  readonly app: RequestHandler;
  readonly cache: Pick<HttpCache, 'purge'> | undefined;
}

/** Puts an edge together: the app, the cache, and the source behind it. */
export function createEdge(
  settings: Config,
  source: RecordingSource | undefined,
  outside: EdgeServices,
): Edge {
  const { access, lifetimes, hiddenFields, staleOnUpstreamAuth, cacheMaxBytes, misconfigured } = settings;
  const {
    isDraining = () => false,
    maxWaiting,
    monotonic = createClockFromWall(outside.now),
    ...others
  } = outside;
  const { cacheApi, now, log, fetch = fetchByRuntime, limitCaller: runtimeLimit, ...rest } = others;
  const { sleep = sleepByTimer, waitUntil = () => undefined } = rest;
  const report = (line: LogEntry) => log.write(line);
  const limitCaller =
    runtimeLimit ?? (settings.rateLimit && createGcraLimiter(settings.rateLimit, monotonic));
  // An archive is at hand, and its name in no key: what one has held must not answer for another that takes its place.
  const behind = settings.source?.name === 'archive' ? undefined : cacheApi;
  const keyOf = cacheKeyBuilder(settings.source?.scope ?? [], hiddenFields);
  const cache =
    source &&
    createHttpCache<ReadContext>({
      fetch: createOriginFetch({
        source,
        lifetimes,
        hiddenFields,
        staleOnUpstreamAuth,
        now,
        report,
      }),
      store: createTieredStore(
        cacheMaxBytes,
        behind,
        { now: monotonic, sleep, publicUrl: settings.publicUrl },
        createEntryClamp(lifetimes),
      ),
      name: CACHE_NAME,
      clock: { now: monotonic, sleep },
      waitUntil,
    });
  // Beside an archive rooms are all that is asked of the account.
  const account = source?.account ?? createAccountLimits(staleOnUpstreamAuth);
  const waiting = new PendingRequestLimiter(monotonic, maxWaiting);
  const isReady = misconfigured === undefined && access !== undefined && cache !== undefined;
  const addressOf = createClientIdentifier(settings.clientIpHeader);
  const callerOf: ClientIdentifier = (asked, peerAddress) =>
    `address ${fingerprint(addressOf(asked, peerAddress))}`;
  const limit = limitCaller && createRequestRateLimiter(limitCaller, addressOf);
  const reading = isReady
    ? {
        limit,
        gate: authorizeFromConfig(access, {
          fetch,
          now,
          monotonic,
          sleep,
          account,
          waitUntil,
          wants: (level) => log.wants(level),
          report,
          checkPendingLimit: (asked, peerAddress) => waiting.refusal(callerOf(asked, peerAddress)),
        }),
        waiting,
        callerOf,
        cache,
        sleep,
        readiness: createReadiness(account, monotonic),
      }
    : undefined;
  return { app: createApp({ settings, reading, keyOf, now, log, isDraining }), cache };
}

// Looked up at each call: a runtime's fetch wants no other `this`, and a test may put its own in its place.
const fetchByRuntime: FetchFunction = (url, init) => fetch(url, init);
