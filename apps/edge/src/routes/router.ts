import type { RecordingRef } from '@room-recordings/core';
import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { isRead } from '../http/respond.ts';
import type { HttpRequest } from '../http/types.ts';
import { parseRoomPath, type RoomPath, type RoomRef } from '../twilio/sid.ts';

/** The route of a request target, and the values that every later step takes from it. */
export interface RouteMatch {
  /** Undefined if no route has this path. */
  readonly route: Route | undefined;
  /** The error of a target that is rejected before routing. */
  readonly error: Extract<ErrorCode, 'uri_too_long' | 'invalid_request' | 'misdirected_request'> | undefined;
  /** The origin of the URLs in the response. */
  readonly publicUrl: string;
  /** Undefined if the path does not name a resource of a room. */
  readonly target: ReadTarget | undefined;
}

/** A resource of a room. */
type RoomResource =
  | { readonly kind: 'recording' | 'media'; readonly id: RecordingRef }
  | { readonly kind: 'list' | 'timeline'; readonly id: RoomRef };

/** A resource of a room, the part of the request target that named it, and its cache key. */
export type ReadTarget = RoomResource & {
  /** The cache key of the resource without its query; of the recording for its media. */
  readonly key: string;
  /** Path and query: the text that a signature covers. */
  readonly path: string;
  /** The query alone, with its question mark; empty without a query. */
  readonly search: string;
};

/** A route. `id` is undefined if a segment in the place of a SID is not a SID. A new route is added here, in `matchRoute`, and in app.ts. */
export type Route =
  | RoomPath
  | { readonly name: 'healthz' }
  | { readonly name: 'readyz' }
  | { readonly name: 'errors' }
  | { readonly name: 'openapi' };

/** Builds the cache key of a resource, without its query. */
export type BuildCacheKey = (resource: RoomResource, publicUrl: string) => string;

/** Maximum lengths of a URL and of its query with the question mark, characters. */
const MAX_URL_LENGTH = 4096;
const MAX_QUERY_LENGTH = 2048;

/** Cached matches in each of two generations, and the characters of the longest cached URL: a signed URL has less than 400. */
const MAX_CACHED_MATCHES = 4096;
const MAX_CACHED_URL_LENGTH = 512;

/** Without a public URL each origin has its own cache entries and upstream calls, and a client chooses its Host header. */
const MAX_ORIGINS = 8;

/** The origin of the problem types in responses to targets without an origin, if none is configured. */
const FALLBACK_ORIGIN = 'http://localhost';

/** A match, and the target whose authority must be compared with the Host header of each request. */
interface CachedMatch {
  readonly match: RouteMatch;
  /** Undefined for a target without an authority, or with that of the public URL. */
  readonly foreign: RequestTarget | undefined;
}

/**
 * Creates the router. It parses the request target, and caches the matches of rooms' resources, so that a repeated target costs one lookup.
 *
 * The authority of a target must be that of the public URL or of the Host header (RFC 9112 §3.2.2). Node and Deno present the authority
 * of an absolute-form target. Bun and workerd replace it by the Host header.
 *
 * @param publicUrl undefined on Workers without PUBLIC_URL: the origin of the request then takes its place.
 */
export function createRouter(
  publicUrl: string | undefined,
  buildCacheKey: BuildCacheKey,
): (request: HttpRequest) => RouteMatch {
  const publicAuthority = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  const origins = new Set<string>();
  const cache = new TwoGenerationCache<CachedMatch>({ maxEntries: MAX_CACHED_MATCHES });

  function isOriginAllowed(origin: string, request: HttpRequest): boolean {
    if (publicUrl !== undefined || origins.has(origin)) return true;
    if (origins.size >= MAX_ORIGINS) return false;
    // Only a read creates cache entries.
    if (isRead(request)) origins.add(origin);
    return true;
  }

  function resolve(request: HttpRequest): CachedMatch {
    const { url } = request;
    const reject = (error: RouteMatch['error'], origin = FALLBACK_ORIGIN): CachedMatch => ({
      match: { route: undefined, error, publicUrl: publicUrl ?? origin, target: undefined },
      foreign: undefined,
    });
    if (url.length > MAX_URL_LENGTH) return reject('uri_too_long');
    const parsed = parseRequestTarget(url, publicUrl ?? FALLBACK_ORIGIN);
    if (parsed === undefined) return reject('invalid_request');
    const { pathname, search, origin, authority } = parsed;
    const length = origin.length + pathname.length + search.length;
    if (length > MAX_URL_LENGTH || search.length > MAX_QUERY_LENGTH) return reject('uri_too_long', origin);
    const foreign = authority === undefined || authority === publicAuthority ? undefined : parsed;
    if (foreign !== undefined && !hasSameAuthority(foreign, request)) return reject('invalid_request');
    const route = matchRoute(pathname);
    const resource = route && toResource(route);
    if (resource !== undefined && !isOriginAllowed(origin, request)) {
      return reject('misdirected_request', origin);
    }
    const linkOrigin = publicUrl ?? origin;
    const target = resource && {
      ...resource,
      key: buildCacheKey(resource, linkOrigin),
      path: pathname + search,
      search,
    };
    return { match: { route, error: undefined, publicUrl: linkOrigin, target }, foreign };
  }

  return (request) => {
    const { url } = request;
    const cached = cache.get(url);
    if (isValidFor(request, cached)) return cached.match;
    const resolved = resolve(request);
    // Without a public URL the next request with this target may be the first read of its origin.
    const isFinal = publicUrl !== undefined || isRead(request);
    if (isFinal && resolved.match.target !== undefined && url.length <= MAX_CACHED_URL_LENGTH) {
      cache.set(url, resolved);
    }
    return resolved.match;
  };
}

/** Returns the route of a normalized pathname, or undefined if no route has it. */
export function matchRoute(pathname: string): Route | undefined {
  if (pathname === '/healthz') return { name: 'healthz' };
  if (pathname === '/readyz') return { name: 'readyz' };
  if (pathname === '/errors') return { name: 'errors' };
  if (pathname === '/openapi.json') return { name: 'openapi' };
  return parseRoomPath(pathname);
}

/** Returns the resource of a route; undefined if the route has none, or a segment in the place of a SID is not a SID. */
function toResource(route: Route): RoomResource | undefined {
  switch (route.name) {
    case 'recording':
    case 'media':
      return route.id && { kind: route.name, id: route.id };
    case 'list':
    case 'timeline':
      return route.id && { kind: route.name, id: route.id };
    default:
      return undefined;
  }
}

/** Returns whether a cached match is valid for this request: another request may have another Host header. */
function isValidFor(request: HttpRequest, cached: CachedMatch | undefined): cached is CachedMatch {
  return cached !== undefined && (cached.foreign === undefined || hasSameAuthority(cached.foreign, request));
}

/** Compares the authority of a target with the Host header. A request of HTTP/1.0 or HTTP/2 has no Host header. */
function hasSameAuthority(target: RequestTarget, { headers }: HttpRequest): boolean {
  const host = headers.get('host') ?? undefined;
  return host === undefined || isSameAuthority(host, target);
}

/** A request target (RFC 9112 §3.2), parsed once for each request. Routing, authorization, cache key and log use these values only. */
export interface RequestTarget {
  /** The path after URL normalisation: dot segments are resolved. */
  readonly pathname: string;
  /** The query with its question mark; empty without a query. */
  readonly search: string;
  /** `host` or `host:port` in lower case, without the scheme's default port; undefined for a path without an authority. */
  readonly authority: string | undefined;
  /** Scheme and authority, or the base that the path was joined with. */
  readonly origin: string;
}

/**
 * Backslashes, `#`, spaces and control characters. No valid target has them (RFC 3986 §2), and URL parsers treat them in different
 * ways: `\` becomes `/`, tabs disappear, and everything after `#` is dropped.
 */
const AMBIGUOUS = /[^!"$-[\]-~\u0080-\uffff]/;

/** The absolute form. A path must follow the authority directly: a `?` there comes from a Host header that contains one. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?]*)\//i;

/** RFC 3986 §3.2.2: a registered name or an address, and a port. User information is not allowed in an http target. */
const AUTHORITY = /^(?:[\w.~%!$&'()*+;=-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/**
 * Parses a request target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
 *
 * @param text the target as the runtime presents it: unchanged on Node, with scheme and Host before a path on Bun, Deno and workerd.
 * @param base the origin for a path without an authority.
 * @returns undefined for a target that two parsers may parse differently, and for every other form.
 */
export function parseRequestTarget(text: string, base: string): RequestTarget | undefined {
  if (AMBIGUOUS.test(text)) return undefined;
  const isPath = text.startsWith('/');
  if (!isPath && !AUTHORITY.test(ABSOLUTE_FORM.exec(text)?.[1] ?? '')) return undefined;
  const url = parseUrl(isPath ? base + text : text);
  if (url === undefined) return undefined;
  const { pathname, search, origin, host } = url;
  return { pathname, search, origin, authority: isPath ? undefined : host };
}

/**
 * Compares a Host header with the authority of a target that was parsed from a URL.
 *
 * @param host the value of the header.
 * @param target a target whose origin determines the default port.
 */
export function isSameAuthority(host: string, { authority, origin }: RequestTarget): boolean {
  if (host === authority) return true;
  if (!AUTHORITY.test(host)) return false;
  return parseUrl(`${origin.split('//', 1).join('')}//${host}`)?.host === authority;
}

/** Parses a URL, or returns undefined if the text is not a URL, for instance because its port is above 65535. */
function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
