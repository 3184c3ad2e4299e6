import { receiveBody, cancelBody } from './body.ts';
import {
  callOrigin,
  fetchAndStore,
  type FetchResult,
  type FetchServices,
  type FetchContext,
} from './fetch-and-store.ts';
import { endToEndHeaders } from './headers.ts';
import {
  createPassThroughRequest,
  defaultCacheKey,
  isPartialOrConditional,
  isRead,
  NotForwardedError,
} from './origin-request.ts';
import {
  currentAge,
  isFresh,
  isWithinStaleIfError,
  isWithinStaleWhileRevalidate,
} from './policy/freshness.ts';
import { invalidatedUrls } from './policy/invalidation.ts';
import { selectVariant, type HeadersLike } from './policy/vary.ts';
import { RequestCollapser } from './request-collapsing.ts';
import {
  type CacheRequest,
  type CachedResponse,
  serializeItem,
  hitResponse,
  respondToFollower,
  respondToLeader,
  uncachedResponse,
  toResponse,
} from './respond.ts';
import { type StoredResponse, createSafeStore } from './stores/store.ts';
import { createClock, sleep as sleepByTimer, withTimeout, raceWithAbort } from './timers.ts';
import type { HttpCache, HttpCacheOptions, LookupOptions } from './types.ts';

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

const NO_HEADERS: HeadersLike = new Map<string, string>();
const BARE_GET: CacheRequest = { method: 'GET', headers: NO_HEADERS };

function toCacheRequest({ method = 'GET', headers = NO_HEADERS }: LookupOptions): CacheRequest {
  return { method, headers };
}

/** Seconds without another refresh after a failed one, so that not every hit causes a request to an origin that is down. */
const REFRESH_BACKOFF_SECONDS = 1;

/** The parameter `detail` of Cache-Status for a stale hit. */
const STALE_WHILE_REVALIDATE_DETAIL = 'stale-while-revalidate';

/** Creates a shared HTTP cache for any `fetch` (RFC 9111, 5861, 9211 and 9213). */
export function createHttpCache<Context = unknown>(options: HttpCacheOptions<Context>): HttpCache<Context> {
  const { clock = {}, waitUntil, cacheKey = defaultCacheKey } = options;
  const { now = createClock(), sleep = sleepByTimer } = clock;
  const store = createSafeStore(options.store, sleep);
  const collapser = new RequestCollapser<FetchResult>(sleep);
  const name = serializeItem(options.name ?? 'http-cache');
  const services: FetchServices<Context> = {
    fetch: options.fetch,
    store,
    now,
    maxBodyBytes: options.store.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    staleIfError: options.staleIfError ?? 0,
  };

  /** The time until which a stale response is not refreshed again, because its last refresh failed; milliseconds since 1970. */
  const refreshBackoffUntil = new WeakMap<StoredResponse, number>();

  /**
   * Responds without a fetch if the stored response is fresh, or stale inside its stale-while-revalidate window (RFC 5861 §3).
   *
   * @param startRefresh starts a refresh. Without it, a stale response is served only if a refresh is running or has just failed.
   * @param notForwarded as in `LookupOptions`.
   */
  function respondFromStore(
    key: string,
    stored: StoredResponse | undefined,
    request: CacheRequest,
    startRefresh?: (stored: StoredResponse) => void,
    notForwarded?: string,
  ): CachedResponse | undefined {
    if (stored === undefined) return undefined;
    const time = now();
    const age = currentAge(stored, time);
    if (isFresh(stored, age)) return hitResponse(name, time, stored, age, request);
    if (notForwarded !== undefined) {
      return isWithinStaleWhileRevalidate(stored, age) || isWithinStaleIfError(stored, age)
        ? hitResponse(name, time, stored, age, request, notForwarded)
        : undefined;
    }
    if (!isWithinStaleWhileRevalidate(stored, age)) return undefined;
    if (time >= (refreshBackoffUntil.get(stored) ?? 0) && !collapser.has(key)) {
      if (startRefresh === undefined) return undefined;
      startRefresh(stored);
    }
    return hitResponse(name, time, stored, age, request, STALE_WHILE_REVALIDATE_DETAIL);
  }

  /** Refreshes a stale response in the background. */
  async function refresh(stored: StoredResponse, context: FetchContext<Context>): Promise<void> {
    const result = await startFetch(context, 'start');
    if (result.kind === 'uncacheable') cancelBody(result.body);
    if (result.kind === 'stored') return;
    const seconds =
      result.kind === 'failed' && result.error instanceof NotForwardedError
        ? result.error.refreshBackoffSeconds
        : REFRESH_BACKOFF_SECONDS;
    refreshBackoffUntil.set(stored, now() + 1000 * seconds);
  }

  /** Joins the fetch in progress, or starts one. If the joined result cannot be shared, the request gets a fetch of its own. */
  async function fetchOrJoin(context: FetchContext<Context>): Promise<Response> {
    const { key, isPassThrough } = context;
    const isJoining = !isPassThrough && collapser.has(key);
    if (isJoining) {
      const shared = await collapser.join(key);
      const response = shared && respondToFollower(name, now(), context, shared);
      if (response !== undefined) return response;
    }
    const result = await startFetch(context, isPassThrough || isJoining ? 'runUnshared' : 'start');
    return respondToLeader(name, now(), context, result);
  }

  /** Starts a fetch, shared or not, during which the runtime stays alive. */
  function startFetch(context: FetchContext<Context>, method: 'start' | 'runUnshared'): Promise<FetchResult> {
    const result = collapser[method](context.key, (tryCommit) => fetchAndStore(services, context, tryCommit));
    waitUntil?.(result.then(({ writePromise }) => writePromise));
    return result;
  }

  /** Forwards requests with other methods. Invalidated responses are deleted before the client gets the response (RFC 9111 §4.4). */
  async function passThrough(request: Request, context: Context | undefined): Promise<Response> {
    const { method, url, headers: requestHeaders } = request;
    const { response } = await callOrigin(options.fetch, createPassThroughRequest(request), context);
    const { status, statusText } = response;
    const urls = invalidatedUrls(method, url, response);
    await Promise.all(urls.map((target) => purge(new Request(target, { headers: requestHeaders }))));
    const { headers, body } = await receiveBody(response, endToEndHeaders(response.headers), 0);
    return uncachedResponse(name, { kind: 'uncacheable', status, statusText, headers, body }, method, {
      fwd: 'method',
      fwdStatus: status,
    });
  }

  async function purge(keyOrRequest: string | Request): Promise<void> {
    const key = typeof keyOrRequest === 'string' ? keyOrRequest : cacheKey(keyOrRequest);
    collapser.invalidate(key);
    const deleted = store.delete(key);
    if (deleted === undefined) return;
    waitUntil?.(deleted);
    await withTimeout(deleted, store.maxWaitMs, sleep);
  }

  function lookup(key: string, lookupOptions: LookupOptions | undefined): CachedResponse | undefined {
    // Hot path: most calls have no options, and then no object is allocated.
    const request = lookupOptions === undefined ? BARE_GET : toCacheRequest(lookupOptions);
    const stored = selectVariant(store.getSync(key), request.headers);
    return respondFromStore(key, stored, request, undefined, lookupOptions?.notForwarded);
  }

  return {
    async fetch(input, context) {
      const request = input instanceof Request ? input : new Request(input);
      if (!isRead(request)) return passThrough(request, context);
      const key = cacheKey(request);
      let entry = store.get(key);
      if (entry instanceof Promise) {
        const found = await entry;
        // Another request may have stored an entry while the store was reading.
        entry = store.getSync(key) ?? found;
      }
      const stored = selectVariant(entry, request.headers);
      const isPassThrough = stored === undefined && isPartialOrConditional(request);
      const fetchContext: FetchContext<Context> = { request, key, entry, stored, isPassThrough, context };
      const startRefresh = (stale: StoredResponse): void => void refresh(stale, fetchContext);
      const response = respondFromStore(key, stored, request, startRefresh);
      if (response !== undefined) return toResponse(response);
      return raceWithAbort(fetchOrJoin(fetchContext), request.signal, ({ body }) => cancelBody(body));
    },
    lookup(keyOrRequest, lookupOptions) {
      if (typeof keyOrRequest === 'string') return lookup(keyOrRequest, lookupOptions);
      const { method, headers } = keyOrRequest;
      return isRead(keyOrRequest)
        ? lookup(cacheKey(keyOrRequest), { ...lookupOptions, method, headers })
        : undefined;
    },
    purge,
    cacheKey,
  };
}
