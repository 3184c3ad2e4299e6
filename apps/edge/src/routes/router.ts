import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import { isSameAuthority, parseRequestTarget, type RequestTarget } from '../http/request-target.ts';
import type { IncomingRequest } from '../http/types.ts';
import type { RecordingRef } from '@room-recordings/core';
import { parseRecordingPath } from '../twilio/sid.ts';

/** The route of a request target, and the values that every later step takes from it. */
export interface RouteMatch {
  /** Undefined if no route has this path. */
  readonly route: Route | undefined;
  /** The error of a target that is refused before routing. */
  readonly fault: Extract<ErrorCode, 'uri_too_long' | 'invalid_request' | 'misdirected_request'> | undefined;
  /** The origin of the URLs in the response. */
  readonly publicUrl: string;
  /** Undefined if the path does not name a recording. */
  readonly target: RecordingTarget | undefined;
}

/** A recording, the part of the request target that named it, and its key in the cache. */
export interface RecordingTarget {
  readonly id: RecordingRef;
  readonly key: string;
  /** Path and query: the text that a signature covers. */
  readonly path: string;
  /** The query alone, with its question mark; empty without a query. */
  readonly search: string;
}

/** Makes a recording's key in the cache. */
export type BuildCacheKey = (id: RecordingRef, publicUrl: string) => string;

/** Characters. */
const MAX_URL_LENGTH = 4096;
const MAX_QUERY_LENGTH = 2048;

/** Remembered URLs in each of two generations, and the characters of each: a signed one has less than 400. */
const MAX_REMEMBERED = 4096;
const MAX_REMEMBERED_LENGTH = 512;

/** Without a public URL each origin has cache entries and upstream calls of its own, and a client chooses its Host. */
const MAX_ORIGINS = 8;

/** The origin of error types in responses to targets that name no origin, if none is configured. */
const FALLBACK_ORIGIN = 'http://localhost';

/** The part of a request that a place depends on. */
type Located = IncomingRequest;

/** A place, and the target whose authority has to be compared with the Host header each time. */
interface Remembered {
  readonly place: RouteMatch;
  /** Undefined for a target without an authority, or with that of the public URL. */
  readonly foreign: RequestTarget | undefined;
}

/**
 * Parses request targets, and remembers those of recordings, so that a target seen before costs one look-up.
 *
 * The authority of a target must be that of the public URL or of the Host header (RFC 9112 §3.2.2). Node and Deno show the one of
 * an absolute-form target; Bun and workerd put the Host header's in its place.
 *
 * @param publicUrl undefined on Workers, if the operator did not set it: the origin of the request then takes its place.
 */
export function createRouter(
  publicUrl: string | undefined,
  keyOf: BuildCacheKey,
): (incoming: Located) => RouteMatch {
  const publicAuthority = publicUrl === undefined ? undefined : new URL(publicUrl).host;
  const origins = new Set<string>();
  const remembered = new TwoGenerationCache<Remembered>({ maxEntries: MAX_REMEMBERED });

  function isOriginAdmitted(origin: string, method: string): boolean {
    if (publicUrl !== undefined || origins.has(origin)) return true;
    if (origins.size >= MAX_ORIGINS) return false;
    // Only a read makes an entry.
    if (isRead(method)) origins.add(origin);
    return true;
  }

  function locate(incoming: Located): Remembered {
    const { method, url } = incoming;
    const refuse = (fault: RouteMatch['fault'], origin = FALLBACK_ORIGIN): Remembered => ({
      place: { route: undefined, fault, publicUrl: publicUrl ?? origin, target: undefined },
      foreign: undefined,
    });
    if (url.length > MAX_URL_LENGTH) return refuse('uri_too_long');
    const parsed = parseRequestTarget(url, publicUrl ?? FALLBACK_ORIGIN);
    if (parsed === undefined) return refuse('invalid_request');
    const { pathname, search, origin, authority } = parsed;
    const length = origin.length + pathname.length + search.length;
    if (length > MAX_URL_LENGTH || search.length > MAX_QUERY_LENGTH) return refuse('uri_too_long', origin);
    const foreign = authority === undefined || authority === publicAuthority ? undefined : parsed;
    if (foreign !== undefined && !hasOwnAuthority(foreign, incoming)) return refuse('invalid_request');
    const route = matchRoute(pathname);
    const id = route?.name === 'recording' ? route.id : undefined;
    if (id !== undefined && !isOriginAdmitted(origin, method)) return refuse('misdirected_request', origin);
    const answered = publicUrl ?? origin;
    const target = id && { id, key: keyOf(id, answered), path: pathname + search, search };
    return { place: { route, fault: undefined, publicUrl: answered, target }, foreign };
  }

  return (incoming) => {
    const { url } = incoming;
    const known = remembered.get(url);
    if (isUsable(known, incoming)) return known.place;
    const found = locate(incoming);
    // Without a public URL the next request with this target may be one that counts as an origin.
    const isFinal = publicUrl !== undefined || isRead(incoming.method);
    if (isFinal && found.place.target !== undefined && url.length <= MAX_REMEMBERED_LENGTH) {
      remembered.set(url, found);
    }
    return found.place;
  };
}

/** Whether a remembered place holds for this request, too: another one may have another Host header. */
function isUsable(known: Remembered | undefined, incoming: Located): known is Remembered {
  return known !== undefined && (known.foreign === undefined || hasOwnAuthority(known.foreign, incoming));
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}

/** A request of HTTP/1.0 or HTTP/2 has no Host header, and names its authority in the target alone. */
function hasOwnAuthority(target: RequestTarget, { headers }: Located): boolean {
  const host = headers.get('host') ?? undefined;
  return host === undefined || isSameAuthority(host, target);
}

/** Where a path leads; `id` is undefined where a segment in a SID's place is none. */
export type Route =
  | { readonly name: 'recording'; readonly id: RecordingRef | undefined }
  | { readonly name: 'healthz' }
  | { readonly name: 'readyz' }
  | { readonly name: 'errors' };

/** Finds the route of a normalised pathname; undefined where nothing is. */
export function matchRoute(pathname: string): Route | undefined {
  if (pathname === '/healthz') return { name: 'healthz' };
  if (pathname === '/readyz') return { name: 'readyz' };
  if (pathname === '/errors') return { name: 'errors' };
  const recording = parseRecordingPath(pathname);
  return recording && { name: 'recording', id: recording.id };
}
