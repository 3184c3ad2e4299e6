import { endToEndHeaders, omitHeaders, type HeaderList } from './headers.ts';
import { setConditionalHeaders } from './policy/validation.ts';
import type { StoredResponse } from './stores/store.ts';

/**
 * Sends a request to the origin, as any `fetch` does.
 *
 * @param context the second argument of the `cache.fetch()` that caused this request; undefined if it had none.
 * @throws {NotForwardedError} if the request was not sent.
 * @throws {OriginError} to decide whether a stale response may replace an error response.
 */
export type OriginFetch<Context = unknown> = (request: Request, context?: Context) => Promise<Response>;

/**
 * An error of a `fetch` that did not send the request, for example because a circuit breaker is open. The cache then serves a stale
 * response inside its stale-while-revalidate or stale-if-error window; otherwise it rethrows the error.
 */
export class NotForwardedError extends Error {
  override readonly name = 'NotForwardedError';
  /** The reason, for the parameter `detail` of Cache-Status (RFC 9211 §2.8). */
  readonly detail: string;
  /** Seconds until a retry may succeed. */
  readonly retryAfter: number;

  /**
   * @param detail the reason in a word, such as `circuit-open`.
   * @param options.retryAfter seconds until a retry may succeed. Default 1.
   */
  constructor(
    detail: string,
    { retryAfter = 1, cause }: { readonly retryAfter?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(`The request was not forwarded: ${detail}.`, { cause });
    this.detail = detail;
    this.retryAfter = retryAfter;
  }

  /**
   * Seconds until the next hit may start another background refresh. Default `retryAfter`. A subclass whose reason concerns a single
   * client returns 0.
   */
  get refreshBackoffSeconds(): number {
    return this.retryAfter;
  }
}

/**
 * An error response of a `fetch` that decides itself, in place of the status code, whether a stored response may be served instead.
 *
 * - `allowStale: true`: the cache serves a stale response inside its stale-if-error window (RFC 5861 §4); otherwise `response`.
 * - `allowStale: false`: the cache serves `response` and deletes the stored one, as if the resource had been withdrawn.
 */
export class OriginError extends Error {
  override readonly name = 'OriginError';
  readonly response: Response;
  readonly allowStale: boolean;

  constructor(response: Response, options: { readonly allowStale: boolean; readonly cause?: unknown }) {
    super(`The origin responded ${response.status}.`, { cause: options.cause });
    this.response = response;
    this.allowStale = options.allowStale;
  }
}

/** Returns the URL without its fragment. It is a copy, because V8 keeps the whole URL in memory for a slice of it. */
export function defaultCacheKey({ url }: Request): string {
  const end = url.indexOf('#');
  return end < 0 ? url : new TextDecoder().decode(new TextEncoder().encode(url.slice(0, end)));
}

/** Returns whether the cache may serve a request. Requests with other methods are forwarded. */
export function isRead({ method }: Request): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** Conditions of the client that the cache evaluates itself (RFC 9111 §4.3.2). */
const EVALUATED_CONDITIONS = ['if-none-match', 'if-modified-since'];

/** Headers that request a part, or set a condition that only the origin can evaluate. Such a response is neither stored nor shared. */
const PASS_THROUGH_HEADERS = ['range', 'if-match', 'if-unmodified-since', 'if-range'];

/** Returns whether a request is for a part of a response or has a condition that only the origin can evaluate. */
export function isPartialOrConditional(request: Request): boolean {
  return request.method === 'GET' && PASS_THROUGH_HEADERS.some((name) => request.headers.has(name));
}

/**
 * Creates the request for a complete response.
 *
 * It is a GET for HEAD as well, because the response to a HEAD cannot be stored (RFC 9111 §4.3.5). It has no signal, because other
 * requests may wait for its response after the client has disconnected.
 *
 * @param validated the stored response to validate; undefined for an unconditional request.
 */
export function createOriginRequest(request: Request, validated: StoredResponse | undefined): Request {
  const headers = new Headers([...forwardedHeaders(request)]);
  for (const name of [...EVALUATED_CONDITIONS, ...PASS_THROUGH_HEADERS]) headers.delete(name);
  if (validated !== undefined) setConditionalHeaders(headers, validated);
  return new Request(request.url, { headers, redirect: request.redirect });
}

/** Creates a copy of a request without the headers of its connection (RFC 9110 §7.6.1). */
export function createPassThroughRequest(request: Request): Request {
  const copy = new Request(request);
  const forwarded = new Set(forwardedHeaders(request).map(([name]) => name));
  // Bun adds the headers of `init` to those of the request, so headers are deleted one by one.
  for (const name of request.headers.keys()) if (!forwarded.has(name)) copy.headers.delete(name);
  return copy;
}

/** Returns the headers to forward. `fetch` adds its own Accept-Encoding and decodes the body, so stored bodies are not encoded. */
function forwardedHeaders({ headers }: Request): HeaderList {
  return omitHeaders(endToEndHeaders(headers), ['accept-encoding']);
}
