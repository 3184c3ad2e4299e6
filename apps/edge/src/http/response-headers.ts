import type { HeaderList } from '@room-recordings/http-cache';
import type { AuthConfig } from '../config/auth-config.ts';
import { createCorsHeaders, type AllowedOrigins } from './cors.ts';
import type { HttpRequest, HttpResponse } from './types.ts';

/** The headers that the configuration adds to every response. */
export interface ResponseHeaders {
  /** Returns the headers of every response to this request. The list is shared and must not be changed. */
  common(request: HttpRequest): HeaderList;
  /**
   * Adapts a response to the configuration, in place where possible: private caching, Cache-Status and Server-Timing.
   *
   * @param startedAt milliseconds since 1970.
   */
  finalize(response: HttpResponse, startedAt: number): HttpResponse;
}

/** The part of the configuration that decides about headers. */
interface ResponseHeadersConfig {
  readonly access: AuthConfig | undefined;
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may send the credentials that the browser stores for this origin. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send beside the default ones, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Whether Cache-Status is sent. */
  readonly cacheStatus: boolean;
  /** Whether Server-Timing is sent. */
  readonly serverTiming: boolean;
}

const NOSNIFF: HeaderList = [['x-content-type-options', 'nosniff']];

/**
 * Creates the response headers of a deployment. All that does not depend on the request is made once.
 *
 * @param now milliseconds since 1970.
 */
export function createResponseHeaders(
  {
    access,
    allowedOrigins,
    allowCredentials,
    allowedHeaders,
    cacheStatus,
    serverTiming,
  }: ResponseHeadersConfig,
  now: () => number,
): ResponseHeaders {
  const corsHeaders = createCorsHeaders({ allowedOrigins, allowCredentials, allowedHeaders }, NOSNIFF);
  const privateCaching = createPrivateCaching(access);
  const needsNoChange = cacheStatus && !serverTiming;
  return {
    common({ headers }) {
      const cors = corsHeaders(headers);
      return privateCaching === undefined ? cors : privateCaching.common(cors);
    },
    finalize(response, startedAt) {
      privateCaching?.makePrivate(response.headers);
      if (needsNoChange) return response;
      const headers = response.headers.filter(([name]) => cacheStatus || name !== 'cache-status');
      if (serverTiming) headers.push(['server-timing', `edge;dur=${now() - startedAt}`]);
      return { ...response, headers };
    },
  };
}

/** The headers that keep responses out of shared caches. Stored responses do not have them. */
interface PrivateCaching {
  /** Adds the headers that keep a response private to the common ones. */
  common(headers: HeaderList): HeaderList;
  /** Makes Cache-Control private, in place. */
  makePrivate(headers: HttpResponse['headers']): void;
}

/**
 * Creates the private caching of an access configuration.
 *
 * @returns undefined if access is public.
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.5
 */
function createPrivateCaching(access: AuthConfig | undefined): PrivateCaching | undefined {
  if (access === undefined || access === 'public') return undefined;
  const custom = access.flatMap((strategy) => (strategy.name === 'jwt' ? [strategy.header] : []));
  const credentials = ['Authorization', ...custom.filter((name) => name !== 'authorization')];
  const own: HeaderList = [
    ['cdn-cache-control', 'no-store'],
    // A signed URL is a credential, so a page must not send it as a referrer. Media URLs are signed with every strategy.
    ['referrer-policy', 'no-referrer'],
  ];
  // A proxy may derive a custom header from a cookie, which Vary cannot name. The browser must then revalidate each time.
  const browserMayStore = credentials.length === 1;
  const cache = new WeakMap<HeaderList, HeaderList>();
  const cacheControls = new Map<string, [string, string]>();

  function createPrivateHeaders(common: HeaderList): HeaderList {
    const headers = [...addPrivateHeaders(common, credentials), ...own];
    cache.set(common, headers);
    return headers;
  }

  function createCacheControl(value: string): [string, string] {
    const header: [string, string] = ['cache-control', toPrivate(value, browserMayStore)];
    cacheControls.set(value, header);
    return header;
  }

  return {
    common: (headers) => cache.get(headers) ?? createPrivateHeaders(headers),
    makePrivate(headers) {
      // Runs on every hit: no destructuring, and no header is created twice.
      const index = headers.findIndex((header) => header[0] === 'cache-control');
      const value = headers[index]?.[1];
      if (value !== undefined) headers[index] = cacheControls.get(value) ?? createCacheControl(value);
    },
  };
}

/**
 * Adds the credentials to Vary and to Access-Control-Allow-Headers, and removes Timing-Allow-Origin, because its times tell cache hits
 * from misses.
 */
function addPrivateHeaders(common: HeaderList, credentials: readonly string[]): HeaderList {
  const vary = common.flatMap(([name, value]) => (name === 'vary' ? [value] : []));
  return [
    ...common
      .filter(([name]) => name !== 'vary' && name !== 'timing-allow-origin')
      .map(([name, value]): [string, string] => [
        name,
        name === 'access-control-allow-headers' ? mergeLists([value, ...credentials]) : value,
      ]),
    ['vary', [...vary, ...credentials].join(', ')],
  ];
}

/** Merges lists of header names: each name once, regardless of case, in the spelling of its first occurrence. */
function mergeLists(lists: readonly string[]): string {
  const members = lists.flatMap((list) => list.split(', '));
  return [...new Map(members.toReversed().map((name) => [name.toLowerCase(), name])).values()]
    .toReversed()
    .join(', ');
}

/** Converts a Cache-Control. The browser may reuse a fresh response or revalidate it; a stale one would bypass authorization. */
function toPrivate(cacheControl: string, browserMayStore: boolean): string {
  // Media must be revalidated on each request.
  if (/(?:^|, )no-cache(?:,|$)/.test(cacheControl)) return 'private, no-cache';
  const maxAge = /(?:^|, )(max-age=\d+)/.exec(cacheControl)?.[1];
  if (maxAge === undefined) return 'private, no-store';
  return `private, ${browserMayStore ? maxAge : 'no-cache'}`;
}
