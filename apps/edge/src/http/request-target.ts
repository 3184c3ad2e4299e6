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
