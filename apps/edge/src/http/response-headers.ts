import type { HeaderList } from '@room-recordings/http-cache';
import type { AuthConfig } from '../config/auth-config.ts';
import { type AllowedOrigins, createCorsHeaders } from './cors.ts';
import type { HttpRequest, HttpResponse } from './types.ts';

/** How every answer is given, as the settings want it. */
export interface ResponseHeaders {
  /** The fields of every answer to such a request, whatever it says. */
  commonFields(asked: HttpRequest): HeaderList;
  /** Makes of a reply what a client is to see of it; `startedAt` is milliseconds since 1970. */
  show(reply: HttpResponse, startedAt: number): HttpResponse;
}

/** The settings that it depends on. */
interface MannerSettings {
  readonly access: AuthConfig | undefined;
  readonly allowedOrigins: AllowedOrigins;
  /** Whether pages may read with what the browser holds for this origin. */
  readonly allowCredentials: boolean;
  /** Request headers that pages may send besides the common ones, in lower case. */
  readonly allowedHeaders: readonly string[];
  /** Whether Cache-Status is sent. */
  readonly cacheStatus: boolean;
  /** Whether Server-Timing is sent. */
  readonly serverTiming: boolean;
}

const NOSNIFF: HeaderList = [['x-content-type-options', 'nosniff']];

/** Makes, once and at the start, all that does not depend on the request. */
export function createResponseHeaders(
  { access, allowedOrigins, allowCredentials, allowedHeaders, cacheStatus, serverTiming }: MannerSettings,
  now: () => number,
): ResponseHeaders {
  const cors = createCorsHeaders({ allowedOrigins, allowCredentials, allowedHeaders }, NOSNIFF);
  const privacy = createPrivateCaching(access);
  const showAll = cacheStatus && !serverTiming;
  return {
    commonFields({ headers }) {
      const common = cors(headers);
      return privacy === undefined ? common : privacy.commonFields(common);
    },
    show(reply, startedAt) {
      privacy?.hide(reply.headers);
      if (showAll) return reply;
      const headers = reply.headers.filter(([name]) => cacheStatus || name !== 'cache-status');
      if (serverTiming) headers.push(['server-timing', `edge;dur=${now() - startedAt}`]);
      return { ...reply, headers };
    },
  };
}

/** How answers are kept to those who may have them, where not everyone may. What is stored knows nothing of it. */
interface PrivateCaching {
  /** The common fields of an answer (manner.ts), with what keeps it private. */
  commonFields(common: HeaderList): HeaderList;
  /** Makes a reply's Cache-Control private, in place. */
  hide(headers: HttpResponse['headers']): void;
}

/**
 * The privacy that an access asks for; undefined where everyone may read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9111#section-3.5
 */
function createPrivateCaching(access: AuthConfig | undefined): PrivateCaching | undefined {
  if (access === undefined || access === 'public') return undefined;
  const custom = access.flatMap((way) => (way.name === 'jwt' ? [way.header] : []));
  const credentials = ['Authorization', ...custom.filter((name) => name !== 'authorization')];
  const own: [string, string][] = [['cdn-cache-control', 'no-store']];
  // The URL is the credential: a page must not pass it on.
  if (access.some(({ name }) => name === 'signed-url')) own.push(['referrer-policy', 'no-referrer']);
  // A proxy may make such a header of a cookie, which no Vary here can name: the reader's own cache must ask each time.
  const isKept = credentials.length === 1;
  const made = new WeakMap<HeaderList, HeaderList>();
  const cacheControls = new Map<string, [string, string]>();
  const makePrivate = (value: string): [string, string] => {
    const field: [string, string] = ['cache-control', privateOf(value, isKept)];
    cacheControls.set(value, field);
    return field;
  };
  const keep = (common: HeaderList): HeaderList => {
    const kept = [...keepPrivate(common, credentials), ...own];
    made.set(common, kept);
    return kept;
  };
  return {
    commonFields: (common) => made.get(common) ?? keep(common),
    hide(headers) {
      // On every hit, so without a pair taken apart or a field made again.
      const index = headers.findIndex((field) => field[0] === 'cache-control');
      const value = headers[index]?.[1];
      if (value !== undefined) headers[index] = cacheControls.get(value) ?? makePrivate(value);
    },
  };
}

/** One Vary with the credentials in it, a header for tokens that pages may send, and no timing: it tells hits from misses. */
function keepPrivate(common: HeaderList, credentials: readonly string[]): HeaderList {
  const vary = common.flatMap(([name, value]) => (name === 'vary' ? [value] : []));
  return [
    ...common
      .filter(([name]) => name !== 'vary' && name !== 'timing-allow-origin')
      .map(([name, value]): [string, string] => [
        name,
        name === 'access-control-allow-headers' ? unite([value, ...credentials]) : value,
      ]),
    ['vary', [...vary, ...credentials].join(', ')],
  ];
}

/** A list with each member once, whatever its case. */
function unite(lists: readonly string[]): string {
  const members = lists.flatMap((list) => list.split(', '));
  return [...new Map(members.toReversed().map((name) => [name.toLowerCase(), name])).values()]
    .toReversed()
    .join(', ');
}

/**
 * A reader's own cache may keep an answer while it is fresh, or to ask whether it still holds; stale ones would pass the gate
 * by.
 */
function privateOf(cacheControl: string, isKept: boolean): string {
  const maxAge = /(?:^|, )(max-age=\d+)/.exec(cacheControl)?.[1];
  if (maxAge === undefined) return 'private, no-store';
  return `private, ${isKept ? maxAge : 'no-cache'}`;
}
