import { cancelBody } from './body.ts';
import type { FetchContext, FetchResult } from './fetch-and-store.ts';
import { getHeader, omitHeaders, type HeaderList } from './headers.ts';
import { NotForwardedError } from './origin-request.ts';
import { currentAge, isWithinStaleIfError, isWithinStaleWhileRevalidate } from './policy/freshness.ts';
import { parseRange, formatContentRange } from './policy/range.ts';
import { isNotModified, notModifiedHeaders } from './policy/validation.ts';
import { matchesVary, type HeadersLike } from './policy/vary.ts';
import type { StoredResponse, Bytes } from './stores/store.ts';

/** A response as plain data. A Response can be constructed from it, or a server writes it directly. */
export interface CachedResponse {
  readonly status: number;
  /** Headers in order, with names in lower case. Set-Cookie may occur more than once. */
  readonly headers: [name: string, value: string][];
  /** The body; null for HEAD and for statuses without a body. It is shared with the store and must not be modified. */
  readonly body: Bytes | null;
}

type UncacheableResult = Extract<FetchResult, { kind: 'uncacheable' }>;

/** The parts of a request that determine which response the cache builds from a stored one. */
export interface CacheRequest {
  readonly method: string;
  readonly headers: HeadersLike;
}

/**
 * Builds the response for the request that started the fetch.
 *
 * @param name the serialized name of this cache in Cache-Status; the same in all functions of this module.
 * @param now milliseconds since 1970; the same in all functions of this module.
 * @throws the error of the fetch, if no stale response may be served in its place.
 */
export function respondToLeader(
  name: string,
  now: number,
  context: FetchContext,
  result: FetchResult,
): Response {
  const { request } = context;
  const { status: fwdStatus } = result;
  if (result.kind === 'failed') {
    const stale = staleResponse(name, result.decidedAt ?? now, context, result.error, { fwdStatus });
    if (stale === undefined) throw result.error;
    return stale;
  }
  const params: CacheStatusParams = { fwd: forwardReason(context), fwdStatus };
  if (result.kind === 'uncacheable') {
    const evaluated = context.isPassThrough ? result : evaluateConditions(result, request.headers, now);
    return uncachedResponse(name, evaluated, request.method, params);
  }
  return toResponse(fetchedResponse(name, now, result.fullResponse, request, { ...params, stored: true }));
}

/** Builds the response for a request that joined a fetch (RFC 9111 §4); undefined if the result cannot be shared with it. */
export function respondToFollower(
  name: string,
  now: number,
  context: FetchContext,
  result: FetchResult,
): Response | undefined {
  const { request } = context;
  if (result.kind === 'uncacheable') return undefined;
  if (result.kind === 'failed') return staleResponse(name, now, context, result.error, { collapsed: true });
  const { stored } = result;
  // A fetch may take longer than the lifetime of its response. Followers get what a new request would get at this moment.
  const isUsable = isWithinStaleWhileRevalidate(stored, currentAge(stored, now));
  if (!isUsable || !matchesVary(stored, request.headers)) return undefined;
  const params: CacheStatusParams = { fwd: forwardReason(context), collapsed: true };
  return toResponse(fetchedResponse(name, now, stored, request, params));
}

/** Builds a stale response in place of an error (RFC 5861 §4); undefined if nothing is stored or it is too old. */
function staleResponse(
  name: string,
  now: number,
  { stored, request }: FetchContext,
  error: unknown,
  params: CacheStatusParams,
): Response | undefined {
  if (stored === undefined) return undefined;
  const age = currentAge(stored, now);
  const canReplaceError = isWithinStaleIfError(stored, age);
  // A request that was not forwarded is not an error of the origin, so its response is a hit (RFC 9211 §2.1).
  if (error instanceof NotForwardedError && (canReplaceError || isWithinStaleWhileRevalidate(stored, age)))
    return toResponse(hitResponse(name, now, stored, age, request, error.detail));
  if (!canReplaceError) return undefined;
  const staleParams: CacheStatusParams = { fwd: 'stale', ...params, detail: 'stale-if-error' };
  return toResponse(fetchedResponse(name, now, stored, request, staleParams));
}

function forwardReason({ stored, entry }: FetchContext): 'stale' | 'vary-miss' | 'uri-miss' {
  if (stored !== undefined) return 'stale';
  return entry === undefined ? 'uri-miss' : 'vary-miss';
}

/** Builds a response from a stored one, fresh or stale, without a fetch. Cache-Status is `hit` with the remaining lifetime. */
export function hitResponse(
  name: string,
  now: number,
  stored: StoredResponse,
  age: number,
  request: CacheRequest,
  detail?: string,
): CachedResponse {
  const ttl = Math.floor(stored.lifetime - age);
  return buildCachedResponse(now, stored, age, request, formatCacheStatus(name, { ttl, detail }));
}

/** Builds a response from a stored one after a fetch. */
function fetchedResponse(
  name: string,
  now: number,
  stored: StoredResponse,
  request: CacheRequest,
  params: CacheStatusParams,
): CachedResponse {
  const age = currentAge(stored, now);
  // Age states that the response does not come from the origin at this moment, so a response that just arrived has none.
  const hasJustArrived = age < 1 && !params.collapsed;
  const member = formatCacheStatus(name, params);
  return buildCachedResponse(now, stored, hasJustArrived ? undefined : age, request, member);
}

/** Applies the conditions of a request to a response that was fetched without them (RFC 9110 §13.2.2). */
function evaluateConditions(result: UncacheableResult, request: HeadersLike, now: number): UncacheableResult {
  const { status, headers, body } = result;
  const etag = getHeader(headers, 'etag') ?? null;
  const validators = { headers, etag, lastModified: getHeader(headers, 'last-modified') ?? null };
  // The Date of a response that is not stored does not replace a missing Last-Modified (RFC 9110 §13.1.3).
  const canCompare = validators.lastModified !== null || (request.get('if-none-match') ?? null) !== null;
  if (status !== 200 || !canCompare || !isNotModified(validators, request, now)) return result;
  cancelBody(body);
  return { ...result, status: 304, headers: notModifiedHeaders(validators), body: null };
}

/** Forwards an uncacheable response to the requesting client, and streams its body. */
export function uncachedResponse(
  name: string,
  { status, statusText, headers, body }: UncacheableResult,
  method: string,
  params: CacheStatusParams,
): Response {
  const upstream = getHeader(headers, 'cache-status') ?? '';
  const cacheStatus = appendCacheStatus(upstream, formatCacheStatus(name, params));
  if (method === 'HEAD') cancelBody(body);
  // Workers would encode a body again if Content-Encoding is set. Other runtimes ignore `encodeBody`.
  const init: ResponseInit & { readonly encodeBody: 'manual' } = {
    status,
    statusText,
    headers: [...omitHeaders(headers, ['cache-status']), ['cache-status', cacheStatus]],
    encodeBody: 'manual',
  };
  return new Response(method === 'HEAD' ? null : body, init);
}

/** Converts plain data to a Response. */
export function toResponse({ status, headers, body }: CachedResponse): Response {
  return new Response(body, { status, headers });
}

/**
 * Builds a response from a stored one (RFC 9111 §4, §4.3.2): the whole response, a 304, or a part.
 *
 * @param age seconds; undefined if the response has just arrived from the origin.
 * @param member the member of this cache in Cache-Status.
 */
function buildCachedResponse(
  now: number,
  stored: StoredResponse,
  age: number | undefined,
  request: CacheRequest,
  member: string,
): CachedResponse {
  if (stored.status === 200) {
    if (isNotModified(stored, request.headers, now))
      return {
        status: 304,
        headers: addHeaders(notModifiedHeaders(stored), stored, age, member),
        body: null,
      };
    const range = request.method === 'GET' ? parseRange(stored, request.headers) : undefined;
    if (range !== undefined && stored.body !== null) {
      const partHeaders: HeaderList = [
        ...omitHeaders(stored.headers, ['content-length', 'content-range']),
        ['content-range', formatContentRange(range, stored.body.byteLength)],
      ];
      const headers = addHeaders(partHeaders, stored, age, member);
      return range === 'unsatisfiable'
        ? { status: 416, headers, body: null }
        : { status: 206, headers, body: stored.body.subarray(range[0], range[1] + 1) };
    }
  }
  const body = request.method === 'HEAD' ? null : stored.body;
  return { status: stored.status, headers: addHeaders(stored.headers, stored, age, member), body };
}

/** Adds Age, which replaces the received one (RFC 9111 §5.1), and Cache-Status. Date stays as it was received. */
function addHeaders(
  list: HeaderList,
  stored: StoredResponse,
  age: number | undefined,
  member: string,
): CachedResponse['headers'] {
  const headers = list.slice();
  if (age !== undefined) headers.push(['age', String(Math.floor(age))]);
  headers.push(['cache-status', appendCacheStatus(stored.cacheStatus, member)]);
  return headers;
}

/** The parameters of Cache-Status (RFC 9211 §2): without `fwd`, the response is a hit. */
export interface CacheStatusParams {
  /** Remaining seconds of freshness, negative if stale. Only for a hit. */
  readonly ttl?: number;
  /** The reason why the request was forwarded (RFC 9211 §2.2). */
  readonly fwd?: 'uri-miss' | 'vary-miss' | 'stale' | 'method';
  readonly fwdStatus?: number | undefined;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly detail?: string | undefined;
}

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_\x60|~0-9A-Za-z:/]*$/;

/** Formats the member of this cache (RFC 9211 §2). */
function formatCacheStatus(name: string, params: CacheStatusParams): string {
  const { fwd, ttl, fwdStatus, stored, collapsed, detail } = params;
  let member = fwd === undefined ? `${name}; hit` : `${name}; fwd=${fwd}`;
  if (ttl !== undefined) member += `; ttl=${ttl}`;
  if (fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
  if (stored) member += '; stored';
  if (collapsed) member += '; collapsed';
  if (detail !== undefined) member += `; detail=${serializeItem(detail)}`;
  return member;
}

/** Serializes text as a token, or as a string (RFC 8941 §3.3.3) without the characters that a string cannot contain. */
export function serializeItem(text: string): string {
  if (TOKEN.test(text)) return text;
  return `"${text.replaceAll(/[^ -~]/g, '').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Appends the member of this cache to those of the caches between the origin and this one (RFC 9211 §2). */
function appendCacheStatus(upstream: string, member: string): string {
  return upstream === '' ? member : `${upstream}, ${member}`;
}
