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
  type OriginFetch,
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
import { type StoredResponse, createSafeStore, type CacheStore } from './stores/store.ts';
import { createClock, sleep as sleepByTimer, withTimeout, raceWithAbort, type Clock } from './timers.ts';

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Options of `createHttpCache`. */
export interface HttpCacheOptions<Context = unknown> {
  /** Sends a request to the origin. It may throw `NotForwardedError` or `OriginError`; any other error is a network error. Required. */
  readonly fetch: OriginFetch<Context>;
  /** Stores the responses: `memoryStore`, `cacheApiStore` or another `CacheStore`. Required. */
  readonly store: CacheStore;
  /** The time: `now` and `sleep`. Default: the wall clock, corrected so that it never goes back, and the timers of the runtime. */
  readonly clock?: Clock | undefined;
  /** Keeps the runtime alive during work that outlives a response. Default: no call, because a process needs none. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /**
   * Seconds after its lifetime in which a response may be served in place of an error. It applies to responses that neither have
   * stale-if-error nor forbid stale responses. Default 0.
   */
  readonly staleIfError?: number | undefined;
  /** Returns the key under which the response to a request is stored. Default: the URL without its fragment. */
  readonly cacheKey?: ((request: Request) => string) | undefined;
  /** The name of this cache in Cache-Status. Default `http-cache`. */
  readonly name?: string | undefined;
}

/** Options of `lookup`. A Request overrides `method` and `headers`. */
export interface LookupOptions {
  /** `GET` or `HEAD`. Default `GET`. */
  readonly method?: string | undefined;
  /** The request headers, by lower-case name: conditions, Range, and those that Vary names. Default: none. */
  readonly headers?: HeadersLike | undefined;
  /**
   * The reason why the request is not forwarded, as in `NotForwardedError`. A stale response inside its stale-while-revalidate or
   * stale-if-error window is then returned without a refresh. Default: a stale response is returned only if a refresh is running.
   */
  readonly notForwarded?: string | undefined;
}

/** A shared HTTP cache (RFC 9111). */
export interface HttpCache<Context = unknown> {
  /**
   * Returns a stored response, or fetches one from the origin.
   *
   * @param request a Request or an absolute URL.
   * @param context any value. The cache passes it to the `fetch` of its options if this request causes a fetch. It is neither part of
   * the key nor stored.
   * @throws the error of `fetch`, or the reason of the signal of the request.
   */
  fetch(request: Request | string | URL, context?: Context): Promise<Response>;
  /**
   * Returns a stored response synchronously, if the store has `getSync`.
   *
   * @param keyOrRequest a key, or a GET or HEAD Request, which also provides the method and the headers. A string is a key and not a
   * URL: for a URL pass a Request, or its `cacheKey`.
   * @returns a fresh response, or a stale one while a refresh is running or has just failed; otherwise undefined.
   */
  lookup(keyOrRequest: string | Request, options?: LookupOptions): CachedResponse | undefined;
  /**
   * Deletes the responses stored under a key, and prevents fetches in progress from storing theirs.
   *
   * @param keyOrRequest a key, or a Request with that key. A string is a key and not a URL.
   */
  purge(keyOrRequest: string | Request): Promise<void>;
  /** Returns the key under which the response to a request is stored. */
  cacheKey(request: Request): string;
}

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
