import { parseRoomRecording, type RoomRecording } from '@room-recordings/core';
import type { CachedResponse, HeaderList, HeadersLike, HttpCache, Sleep } from '@room-recordings/http-cache';
import { startTimeout } from '../concurrency/timeout.ts';
import type { PendingLimitError, PendingRequestLimiter } from '../http/pending-request-limiter.ts';
import { problemResponse, respondFromCache } from '../http/respond.ts';
import type { HttpResponse, RequestContext } from '../http/types.ts';
import { parseStoredProblem, type OriginContext } from '../recordings/origin.ts';
import { CallNotPermittedError } from '../twilio/resilience/errors.ts';
import { RESPONSE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';

/** The name of this cache in Cache-Status. */
export const CACHE_NAME = 'room-recordings';

/** The services of the handlers that respond through the cache. */
export interface CacheServices {
  readonly cache: HttpCache<OriginContext>;
  readonly pendingRequests: PendingRequestLimiter;
  readonly sleep: Sleep;
}

/** Headers that a problem response takes over from the error response of the origin. */
const FORWARDED_CACHE_HEADERS = new Set(['age', 'cache-control', 'cache-status', 'date', 'retry-after']);

/** The `detail` in Cache-Status (RFC 9211 §2.8) of a response to a request that may not wait. */
const CACHE_STATUS_DETAILS: Readonly<Record<PendingLimitError, string>> = {
  overloaded: 'overloaded',
  rate_limited: 'client-limited',
};

/**
 * Responds with a stored recording.
 *
 * Hot path, see `respondFromCache`.
 *
 * @returns undefined if no stored recording may be served as it is.
 */
export function tryCacheHit(
  cache: HttpCache<OriginContext>,
  key: string,
  context: RequestContext,
): HttpResponse | undefined {
  const { headers, method } = context.request;
  const cached = headers.get('if-none-match')
    ? cache.lookup(key, { headers: cacheConditions(context) })
    : cache.lookup(key);
  if (cached === undefined || cached.status >= 400 || headers.get('if-match')) return undefined;
  const response = respondFromCache(context, cached);
  return method === 'HEAD' ? { ...response, body: null } : response;
}

/** A field value (RFC 9110 §5.5). `Request` throws for any other text, which would turn a request into a 500. */
const HEADER_VALUE = /^[\t -~\u0080-\u00ff]*$/;

/**
 * Responds to GET and HEAD of a resource: from the cache, or from the source through the cache.
 *
 * @param timeoutMs milliseconds that the request waits for the source.
 */
export async function respondThroughCache(
  context: RequestContext,
  { cache, pendingRequests, sleep }: CacheServices,
  key: string,
  origin: OriginContext,
  timeoutMs: number = RESPONSE_TIMEOUT_MS,
): Promise<HttpResponse> {
  const limitError = pendingRequests.check(origin.client);
  if (limitError !== undefined) return respondWithoutWaiting(context, cache, key, limitError, origin.client);
  const timeout = startTimeout(timeoutMs, sleep);
  let cached: CachedResponse;
  try {
    const headers = listConditions(context).filter(([, value]) => HEADER_VALUE.test(value));
    const request = new Request(key, { headers, signal: timeout.signal });
    cached = await pendingRequests.run(origin.client, async () =>
      toPlainData(await cache.fetch(request, origin)),
    );
  } catch (error) {
    // The call to the source continues: its result is for later requests.
    if (timeout.signal.aborted) {
      return problemResponse(context, 'upstream_timeout', { headers: [cacheStatus('timeout')] });
    }
    if (!(error instanceof CallNotPermittedError)) throw error;
    return problemResponse(context, error.error, {
      headers: [cacheStatus(error.detail), ['retry-after', String(error.retryAfter)]],
      client: error.error === 'rate_limited' ? origin.client : undefined,
    });
  } finally {
    timeout.clear();
  }
  return respond(context, cached);
}

/** No condition of a request for media applies to its recording. */
const NO_HEADERS: HeadersLike = { get: () => undefined };

/**
 * Reads a recording for a request for something that belongs to the recording.
 *
 * @returns the public representation of the recording; a response if it cannot be read.
 */
export async function readRecording(
  context: RequestContext,
  services: CacheServices,
  key: string,
  origin: OriginContext,
): Promise<RoomRecording | HttpResponse> {
  const { request } = context;
  const plain: RequestContext = {
    ...context,
    request: { method: 'GET', url: request.url, headers: NO_HEADERS },
  };
  const response =
    tryCacheHit(services.cache, key, plain) ?? (await respondThroughCache(plain, services, key, origin));
  if (response.status === 200 && response.body !== null) {
    return parseRoomRecording(JSON.parse(new TextDecoder().decode(response.body)));
  }
  return request.method === 'HEAD' ? { ...response, body: null } : response;
}

/** Responds to a request that may not wait: with a stored response, fresh or stale, else with an error. */
function respondWithoutWaiting(
  context: RequestContext,
  cache: HttpCache<OriginContext>,
  key: string,
  error: PendingLimitError,
  client: string,
): HttpResponse {
  const detail = CACHE_STATUS_DETAILS[error];
  const cached = cache.lookup(key, { headers: cacheConditions(context), notForwarded: detail });
  if (cached !== undefined) return respond(context, cached);
  return problemResponse(context, error, {
    headers: [cacheStatus(detail), ['retry-after', '1']],
    client: error === 'rate_limited' ? client : undefined,
  });
}

function respond(context: RequestContext, cached: CachedResponse): HttpResponse {
  const { headers, method } = context.request;
  if (cached.status >= 400) {
    const { error, detail } = parseStoredProblem(cached);
    const forwarded = cached.headers.filter(([name]) => FORWARDED_CACHE_HEADERS.has(name));
    return problemResponse(context, error, { detail, headers: forwarded });
  }
  if (hasFailedIfMatch(headers)) return problemResponse(context, 'precondition_failed');
  const response = respondFromCache(context, cached);
  return method === 'HEAD' ? { ...response, body: null } : response;
}

/** Returns whether If-Match fails. It compares strongly (RFC 9110 §13.1.1), and a weak ETag never matches strongly. */
function hasFailedIfMatch(headers: HeadersLike): boolean {
  const value = headers.get('if-match');
  return typeof value === 'string' && value !== '' && value.trim() !== '*';
}

/**
 * Lists the only request header that the cache sees. No other header of a client can make it call the origin or select a response.
 * If-Match is evaluated here, and dates are not conditions, because a recording has no Last-Modified.
 */
function listConditions({ request: { headers } }: RequestContext): [string, string][] {
  const value = headers.get('if-none-match');
  // A failed If-Match takes precedence (RFC 9110 §13.2.2).
  return typeof value === 'string' && !hasFailedIfMatch(headers) ? [['if-none-match', value]] : [];
}

function cacheConditions(context: RequestContext): ReadonlyMap<string, string> {
  return new Map(listConditions(context));
}

/** The Cache-Status of a response without the cache. It has neither `hit` nor `fwd`, because the decision of the cache is unknown. */
function cacheStatus(detail: string): HeaderList[number] {
  return ['cache-status', `${CACHE_NAME}; detail=${detail}`];
}

async function toPlainData(response: Response): Promise<CachedResponse> {
  const { status, headers } = response;
  const body = response.body === null ? null : new Uint8Array(await response.arrayBuffer());
  return { status, headers: [...headers], body };
}
