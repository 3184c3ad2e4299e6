import { receiveBody, cancelBody } from './body.ts';
import { fetchAndStore, type FetchResult, type FetchServices, type FetchContext } from './fetch-and-store.ts';
import { respondToLeader, respondToFollower } from './fetch-response.ts';
import { endToEndHeaders } from './headers.ts';
import {
  createPassThroughRequest,
  isPartialOrConditional,
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
  uncachedResponse,
  toResponse,
  type ResponseOptions,
} from './respond.ts';
import { type StoredResponse, createSafeStore, type CacheStore } from './stores/store.ts';
import { createClock, sleep as sleepByTimer, withTimeout, raceWithAbort, type Clock } from './timers.ts';

const DEFAULT_MAX_BODY_BYTES = 64 * 1024 * 1024;

/** What a cache is made of; all that it touches of the outside is handed in. */
export interface HttpCacheOptions<Context = unknown> {
  /** Sends a request to the origin. It may throw `NotForwardedError` or `OriginError`; anything else that it throws is a network fault. */
  readonly fetch: OriginFetch<Context>;
  readonly store: CacheStore;
  /** The time: `now` and `sleep`. Default: the wall clock, corrected so that it never goes back, and the timers of the runtime. */
  readonly clock?: Clock | undefined;
  /** Keeps the runtime awake for work that outlives the answer. Default: nothing, as a process needs nothing. */
  readonly waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /**
   * Seconds past freshness for which an answer may be served instead of an error, where it names no stale-if-error and
   * does not forbid stale answers. Default 0.
   */
  readonly staleIfError?: number | undefined;
  /** Returns the key under which the response to a request is stored. Default: the URL without its fragment. */
  readonly cacheKey?: ((request: Request) => string) | undefined;
  /** This cache's name in Cache-Status. Default `http-cache`. */
  readonly name?: string | undefined;
}

/** What a `lookup` may say of the request. */
export interface LookupOptions {
  /** `GET` or `HEAD`. Default `GET`. */
  readonly method?: string | undefined;
  /** Reads a request header by its lower-case name: conditions, Range, and those that Vary names. Default: there are none. */
  readonly headers?: HeadersLike | undefined;
  /**
   * The reason for which the caller will not call `fetch`, as in `NotForwarded`: then a stale response is returned, too, inside its
   * stale-while-revalidate or stale-if-error window, without a refresh. Default: a stale response needs a refresh on its way.
   */
  readonly notForwarded?: string | undefined;
}

/** A shared HTTP cache (RFC 9111). */
export interface HttpCache<Context = unknown> {
  /**
   * Responds from the store or from the origin.
   *
   * @param request a Request or an absolute URL.
   * @param context any value. The cache hands it to the `fetch` of its options if this request causes a call; it is neither part of
   * the key nor stored.
   * @throws the error of `fetch`, or the reason of the request's signal.
   */
  fetch(request: Request | string | URL, context?: Context): Promise<Response>;
  /**
   * Returns a stored response synchronously, if the store has `getSync`.
   *
   * @param keyOrRequest a key, or a GET or HEAD Request, which also provides the method and the headers.
   * @returns a fresh response, or a stale one while a refresh is running or has just failed; otherwise undefined.
   */
  lookup(keyOrRequest: string | Request, options?: LookupOptions): CachedResponse | undefined;
  /**
   * Deletes the responses stored under a key, and keeps responses that are in flight from being stored.
   *
   * @param keyOrRequest a key, or a Request with that key.
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

/** How long what is stale rests after a refresh that brought nothing, seconds: an origin that is down is not asked by every hit. */
const REST_SECONDS = 1;

/** Why something stale was a hit, in Cache-Status. */
const SERVED_STALE = 'stale-while-revalidate';

/** Puts a shared HTTP cache in front of any `fetch` (RFC 9111, 5861, 9211 and 9213). */
export function createHttpCache<Context = unknown>(options: HttpCacheOptions<Context>): HttpCache<Context> {
  const { clock = {}, waitUntil, cacheKey = defaultCacheKey } = options;
  const { now = createClock(), sleep = sleepByTimer } = clock;
  const store = createSafeStore(options.store, sleep);
  const calls = new RequestCollapser<FetchResult>(sleep);
  const respondent: ResponseOptions = { name: serializeItem(options.name ?? 'http-cache'), now };
  const outside: FetchServices<Context> = {
    fetch: options.fetch,
    store,
    now,
    maxBodyBytes: options.store.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES,
    staleIfError: options.staleIfError ?? 0,
  };

  /** Until when what is stale is left alone, because a refresh of it brought nothing; milliseconds. */
  const restsUntil = new WeakMap<StoredResponse, number>();

  /**
   * Answers what nobody needs to be waited for: what is fresh, and what is stale while it is refreshed (RFC 5861 §3).
   * `refresh` begins that where it has not begun; without it, there is no answer then, unless `notForwarded` names why.
   */
  function answerAtHand(
    key: string,
    stored: StoredResponse | undefined,
    asked: CacheRequest,
    refresh?: (stored: StoredResponse) => void,
    notForwarded?: string,
  ): CachedResponse | undefined {
    if (stored === undefined) return undefined;
    const moment = now();
    const age = currentAge(stored, moment);
    if (isFresh(stored, age)) return hitResponse(respondent, stored, age, asked, moment);
    if (notForwarded !== undefined) {
      return isWithinStaleWhileRevalidate(stored, age) || isWithinStaleIfError(stored, age)
        ? hitResponse(respondent, stored, age, asked, moment, notForwarded)
        : undefined;
    }
    if (!isWithinStaleWhileRevalidate(stored, age)) return undefined;
    if (moment >= (restsUntil.get(stored) ?? 0) && !calls.has(key)) {
      if (refresh === undefined) return undefined;
      refresh(stored);
    }
    return hitResponse(respondent, stored, age, asked, moment, SERVED_STALE);
  }

  /** Refreshes what is served stale meanwhile; nobody waits for what it brings, and what is not stored is let go. */
  async function refresh(stored: StoredResponse, situation: FetchContext<Context>): Promise<void> {
    const outcome = await ask(situation, 'lead');
    if (outcome.kind === 'passed') cancelBody(outcome.body);
    if (outcome.kind === 'stored') return;
    const isWithheld = outcome.kind === 'failed' && outcome.error instanceof NotForwardedError;
    restsUntil.set(stored, now() + 1000 * (isWithheld ? outcome.error.refreshBackoffSeconds : REST_SECONDS));
  }

  /** Follows a call that is on its way, else makes one; and one of its own where that brought nothing to share. */
  async function goOn(situation: FetchContext<Context>): Promise<Response> {
    const { key, isTransparent } = situation;
    if (isTransparent) return respondToLeader(respondent, situation, await ask(situation, 'run'));
    if (!calls.has(key)) return respondToLeader(respondent, situation, await ask(situation, 'lead'));
    const outcome = await calls.follow(key);
    const shared = outcome && respondToFollower(respondent, situation, outcome);
    return shared ?? respondToLeader(respondent, situation, await ask(situation, 'run'));
  }

  /** Makes a call, to be followed or not, that the runtime stays awake for. */
  function ask(situation: FetchContext<Context>, how: 'lead' | 'run'): Promise<FetchResult> {
    const outcome = calls[how](situation.key, (call) => fetchAndStore(outside, situation, call));
    waitUntil?.(outcome.then(({ written }) => written));
    return outcome;
  }

  /** Other methods are passed on as they are; what they change is dropped before they are answered (RFC 9111 §4.4). */
  async function passThrough(request: Request, context: Context | undefined): Promise<Response> {
    const { method, url, headers } = request;
    const response = await options.fetch(createPassThroughRequest(request), context);
    const { status, statusText } = response;
    const changed = invalidatedUrls(method, url, response);
    await Promise.all(changed.map((target) => purge(new Request(target, { headers }))));
    const { fields, body } = await receiveBody(response, endToEndHeaders(response.headers), 0);
    return uncachedResponse(respondent, { kind: 'passed', status, statusText, fields, body }, method, {
      fwd: 'method',
      fwdStatus: status,
    });
  }

  async function purge(keyOrRequest: string | Request): Promise<void> {
    const key = typeof keyOrRequest === 'string' ? keyOrRequest : cacheKey(keyOrRequest);
    calls.outdate(key);
    const removed = store.remove(key);
    if (removed === undefined) return;
    waitUntil?.(removed);
    await withTimeout(removed, store.maxWaitMs, sleep);
  }

  function lookup(key: string, options: LookupOptions | undefined): CachedResponse | undefined {
    // Hot path: most calls have no options, and then no object is allocated.
    const request = options === undefined ? BARE_GET : toCacheRequest(options);
    const stored = selectVariant(store.getSync(key), request.headers);
    return answerAtHand(key, stored, request, undefined, options?.notForwarded);
  }

  return {
    async fetch(input, context) {
      const request = input instanceof Request ? input : new Request(input);
      if (request.method !== 'GET' && request.method !== 'HEAD') return passThrough(request, context);
      const key = cacheKey(request);
      let entry = store.read(key);
      if (entry instanceof Promise) {
        const found = await entry;
        // It may have been stored while the store took its time.
        entry = store.getSync(key) ?? found;
      }
      const stored = selectVariant(entry, request.headers);
      const isTransparent = stored === undefined && isPartialOrConditional(request);
      const situation: FetchContext<Context> = { request, key, entry, stored, isTransparent, context };
      const atHand = answerAtHand(key, stored, request, (stale) => void refresh(stale, situation));
      if (atHand !== undefined) return toResponse(atHand);
      return raceWithAbort(goOn(situation), request.signal, ({ body }) => cancelBody(body));
    },
    lookup(keyOrRequest, options) {
      if (typeof keyOrRequest !== 'string') {
        const { method, headers } = keyOrRequest;
        const isRead = method === 'GET' || method === 'HEAD';
        return isRead ? lookup(cacheKey(keyOrRequest), { ...options, method, headers }) : undefined;
      }
      return lookup(keyOrRequest, options);
    },
    purge,
    cacheKey,
  };
}

/** The default key: the fragment is not part of the target. V8 keeps the whole URL behind a slice of it, so the key is a copy. */
function defaultCacheKey({ url }: Request): string {
  const end = url.indexOf('#');
  return end < 0 ? url : new TextDecoder().decode(new TextEncoder().encode(url.slice(0, end)));
}
