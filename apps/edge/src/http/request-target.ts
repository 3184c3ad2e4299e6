/** A request target (RFC 9112 §3.2), parsed once for each request. Routing, access, cache key and log read nothing else of it. */
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

/** RFC 3986 §3.2.2: a registered name or an address, and a port. User information has no place in an http target. */
const AUTHORITY = /^(?:[\w.~%!$&'()*+;=-]+|\[[\da-f:.]+\])(?::\d{0,5})?$/i;

/**
 * Parses a request target in origin form (`/path?query`) or absolute form (`http://host/path?query`).
 *
 * @param text the target as the runtime shows it: Node passes it on unchanged; Bun, Deno and workerd put scheme and Host before a path.
 * @param base the origin for a path without an authority.
 * @returns undefined for a target that two parsers could read in two ways, and for every other form.
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
 * @param target its origin decides which port is the default one.
 */
export function isSameAuthority(host: string, { authority, origin }: RequestTarget): boolean {
  if (host === authority) return true;
  if (!AUTHORITY.test(host)) return false;
  return parseUrl(`${origin.split('//', 1).join('')}//${host}`)?.host === authority;
}

/** Undefined for a text that is not a URL, such as one with a port above 65535. */
function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
