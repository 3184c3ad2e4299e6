import {
  createHttpCache,
  sleep,
  type CacheApi,
  type HttpCache,
  type Sleep,
} from '@room-recordings/http-cache';
import { createApp, toLimitKey, type RequestHandler } from './app.ts';
import { createAuthorizer } from './auth/authorizer.ts';
import { createClockFromWall } from './concurrency/monotonic-clock.ts';
import type { Config } from './config/config.ts';
import { createClientIdentifier } from './http/client-address.ts';
import { PendingRequestLimiter } from './http/pending-request-limiter.ts';
import { createGcraLimiter, createRequestRateLimiter, type ClientRateLimiter } from './http/rate-limit.ts';
import type { FetchFunction } from './http/types.ts';
import { logEntry, serializeError, type Logger } from './logging.ts';
import { createMediaServices, type MediaServices } from './media/media-services.ts';
import type { MediaSource } from './media/media-source.ts';
import {
  createTimelineLoader,
  createTrackFileReader,
  getTimelineVariant,
  type TimelineMedia,
} from './media/timeline-loader.ts';
import { createEntryClamp } from './recordings/cache-control.ts';
import { createListLoader } from './recordings/list-loader.ts';
import { createOriginFetch, createRecordingLoader, type OriginContext } from './recordings/origin.ts';
import type { RecordingSource } from './recordings/recording-source.ts';
import { createCacheKeyBuilder, createTieredStore } from './recordings/tiered-store.ts';
import { createReadiness } from './routes/health.ts';
import { CACHE_NAME } from './routes/recording-route.ts';
import { createAccountLimits } from './twilio/resilience/account-limits.ts';

/** The parts of the outside world that an edge uses. */
export interface EdgeServices {
  /** Fetches key sets and rooms. Default: the `fetch` of the runtime. */
  readonly fetch?: FetchFunction;
  /** The wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** A clock for durations, milliseconds, which never goes back. Default: `now`, without the times that it was set back. */
  readonly monotonic?: () => number;
  /** Default: a timer of the runtime. */
  readonly sleep?: Sleep;
  /** Keeps the runtime awake for work that continues after a response. Default: nothing. */
  readonly waitUntil?: (work: Promise<unknown>) => void;
  /** The Cache API behind the memory, if the runtime has one. An archive does not use it. */
  readonly cacheApi?: CacheApi | undefined;
  /** The rate limiter of the runtime, which replaces the one of the configuration. */
  readonly limitClient?: ClientRateLimiter | undefined;
  /** The storage of the media; undefined without a storage. */
  readonly media?: MediaSource | undefined;
  /** The number of requests that may wait at the same time. Default: 2,000. */
  readonly maxPendingRequests?: number;
  readonly logger: Logger;
  /** Returns whether the process stops after its current requests. Default: false. */
  readonly isDraining?: () => boolean;
}

/** An edge, and its cache, which is undefined without a source. */
export interface Edge {
  readonly app: RequestHandler;
  readonly cache: Pick<HttpCache, 'purge'> | undefined;
}

// `fetch` is resolved at each call: a runtime rejects another `this`, and a test may replace the global.
const runtimeFetch: FetchFunction = (url, init) => fetch(url, init);

/** Creates an edge: the app, the cache and the source behind it. */
export function createEdge(
  config: Config,
  source: RecordingSource | undefined,
  services: EdgeServices,
): Edge {
  const { lifetimes, hiddenFields, staleOnUpstreamAuth, publicUrl } = config;
  const { now, logger, waitUntil, isDraining = () => false } = services;
  const { monotonic = createClockFromWall(now), sleep: wait = sleep } = services;
  const buildCacheKey = createCacheKeyBuilder(config.source?.scope ?? [], hiddenFields);
  // The key does not name an archive: entries of another archive in its place must not be served.
  const cacheApi = config.source?.name === 'archive' ? undefined : services.cacheApi;
  const media =
    services.media === undefined || config.media.mode === 'off'
      ? undefined
      : createMediaServices(config, services.media, {
          monotonic,
          sleep: wait,
          waitUntil: waitUntil ?? (() => undefined),
          // An index is identified by the ETag of its file, also in an archive.
          cacheApi: services.cacheApi,
        });
  const timelineMedia: TimelineMedia = {
    config: config.media,
    readFile: media && createTrackFileReader(media.files),
    canSign: config.access === 'public' || config.mediaSigningKeys !== undefined,
  };
  const cache =
    source &&
    createHttpCache<OriginContext>({
      fetch: createOriginFetch({
        loaders: {
          recording: createRecordingLoader(source, lifetimes, hiddenFields),
          list: createListLoader(source, lifetimes, hiddenFields),
          timeline: createTimelineLoader({
            source,
            media: timelineMedia,
            lifetimes,
            hiddenFields,
            sleep: wait,
            report: (error, requestId) => {
              const members = { request_id: requestId, ...serializeError(error) };
              logger.write(logEntry('media.read_failed', now(), members));
            },
          }),
        },
        lifetimes,
        staleOnUpstreamAuth,
        now,
        logger,
      }),
      store: createTieredStore(
        config.cacheMaxBytes,
        cacheApi,
        { now: monotonic, sleep: wait, publicUrl },
        createEntryClamp(lifetimes),
      ),
      name: CACHE_NAME,
      clock: { now: monotonic, sleep: wait },
      waitUntil,
    });
  return {
    app: createApp({
      config,
      services:
        cache &&
        createReadServices(config, cache, source?.account, {
          ...services,
          monotonic,
          sleep: wait,
          media,
          timelineVariant: getTimelineVariant(timelineMedia),
        }),
      buildCacheKey,
      now,
      logger,
      isDraining,
    }),
    cache,
  };
}

interface ResolvedServices extends Omit<EdgeServices, 'media' | 'monotonic' | 'sleep'> {
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  readonly media: MediaServices | undefined;
  readonly timelineVariant: string;
}

/** Creates the services of reads; undefined while the configuration is incomplete. */
function createReadServices(
  config: Config,
  cache: HttpCache<OriginContext>,
  sourceAccount: RecordingSource['account'],
  services: ResolvedServices,
): Parameters<typeof createApp>[0]['services'] {
  const { access, misconfigured, rateLimit, staleOnUpstreamAuth } = config;
  if (misconfigured !== undefined || access === undefined) return undefined;
  const {
    fetch: send = runtimeFetch,
    now,
    monotonic,
    sleep: wait,
    waitUntil = () => undefined,
    logger,
    media,
    timelineVariant,
  } = services;
  const limitClient = services.limitClient ?? (rateLimit && createGcraLimiter(rateLimit, monotonic));
  const clientAddress = createClientIdentifier(config.clientIpHeader);
  const pendingRequests = new PendingRequestLimiter(monotonic, services.maxPendingRequests);
  // With an archive, room lookups are the only calls to the account.
  const account = sourceAccount ?? createAccountLimits(staleOnUpstreamAuth);
  return {
    rateLimit: limitClient && createRequestRateLimiter(limitClient, clientAddress, monotonic),
    authorize:
      access === 'public'
        ? undefined
        : createAuthorizer(access, config.mediaSigningKeys, {
            fetch: send,
            now,
            monotonic,
            sleep: wait,
            account,
            waitUntil,
            logger,
            checkPendingLimit: (request, getRemoteAddress) =>
              pendingRequests.check(toLimitKey(clientAddress(request, getRemoteAddress))),
          }),
    clientAddress,
    cache,
    pendingRequests,
    sleep: wait,
    media,
    timelines: {
      variant: timelineVariant,
      signingKeys: config.mediaSigningKeys,
      urlSeconds: config.media.urlSeconds,
    },
    logger,
    readiness: createReadiness(account, monotonic),
  };
}
