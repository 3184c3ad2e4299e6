import { endToEndHeaders, omitHeaders, type HeaderList } from './headers.ts';
import { setConditionalHeaders } from './policy/validation.ts';
import type { StoredResponse } from './stores/store.ts';

/**
 * Sends a request to the origin; any `fetch` will do.
 *
 * @param context the second argument of the `fetch()` of the cache that caused this call; undefined if it had none.
 */
export type OriginFetch<Context = unknown> = (request: Request, context?: Context) => Promise<Response>;

/**
 * What a `fetch` throws that did not send the request on: a breaker that is open, a pause, too much at once. The cache
 * then answers with what is stale, inside its stale-while-revalidate or stale-if-error window, else the error goes on.
 */
export class NotForwardedError extends Error {
  override readonly name = 'NotForwardedError';
  /** Why, in a word: what Cache-Status says as `detail` (RFC 9211 §2.8). */
  readonly detail: string;
  /** Seconds until a retry may succeed. */
  readonly retryAfter: number;

  /** @param options.retryAfter seconds until a retry may succeed. Default 1. */
  constructor(
    detail: string,
    { retryAfter = 1, cause }: { readonly retryAfter?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(`The request was not forwarded: ${detail}.`, { cause });
    this.detail = detail;
    this.retryAfter = retryAfter;
  }

  /** Seconds without another refresh in the background. Default `retryAfter`; a subclass may override it. */
  get refreshBackoffSeconds(): number {
    return this.retryAfter;
  }
}

/**
 * An error response of a `fetch` that knows better than the status code whether a stored response may be served instead.
 *
 * - `allowStale: true`: the cache serves a stale response inside its stale-if-error window (RFC 5861 §4), else `response`.
 * - `allowStale: false`: the cache serves `response` and drops the stored one, as if the resource had been withdrawn.
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

/** Conditions of the client: this cache answers them itself (RFC 9111 §4.3.2). */
const CONDITIONS = ['if-none-match', 'if-modified-since'];

/** What asks for something else than the answer itself, of which nothing could be stored or shared. */
const SINGULAR = ['range', 'if-match', 'if-unmodified-since', 'if-range'];

/** Whether a request is for a part of an answer, or for an answer on a condition that the origin alone can judge. */
export function isPartialOrConditional(request: Request): boolean {
  return SINGULAR.some((name) => request.headers.has(name)) && request.method === 'GET';
}

/** Makes the request for a whole answer, to be stored; with `stored`, on condition that this one no longer holds. */
export function createOriginRequest(request: Request, stored: StoredResponse | undefined): Request {
  const headers = new Headers([...listRequestFields(request)]);
  for (const name of [...CONDITIONS, ...SINGULAR]) headers.delete(name);
  if (stored !== undefined) setConditionalHeaders(headers, stored);
  // A GET for HEAD too: its answer is worth storing, that of a HEAD is not (RFC 9111 §4.3.5). No signal: whoever asked
  // first may leave, and the answer is still awaited by others.
  return new Request(request.url, { headers, redirect: request.redirect });
}

/** Makes the request to send on as it came, but for fields of the connection that it came by (RFC 9110 §7.6.1). */
export function createPassThroughRequest(request: Request): Request {
  const copy = new Request(request);
  const kept = new Set(listRequestFields(request).map(([name]) => name));
  // Bun adds headers that are handed in to those of the request, so they are taken away one by one.
  for (const name of request.headers.keys()) if (!kept.has(name)) copy.headers.delete(name);
  return copy;
}

/** `fetch` asks for the codings that it takes off: what comes, and what is stored, is without any. */
function listRequestFields({ headers }: Request): HeaderList {
  return omitHeaders(endToEndHeaders(headers), ['accept-encoding']);
}
