import type { OriginFetch } from './origin-request.ts';
import type { HeadersLike } from './policy/vary.ts';
import type { CachedResponse } from './respond.ts';
import type { CacheStore } from './stores/store.ts';
import type { Clock } from './timers.ts';

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
