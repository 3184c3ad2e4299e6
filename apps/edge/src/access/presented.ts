import type { HttpRequest } from '../http/types.ts';

/** Bearer and one token68; the scheme in either case. */
const BEARER = /^bearer +(?<token>[A-Za-z0-9._~+/=-]+) *$/i;
const BEARER_SCHEME = /^bearer(?: |$)/i;

/** The value of the header that a token is in; undefined where none of its kind was presented. */
export type ExtractHeader = (asked: HttpRequest) => string | undefined;

/** Finds the header of a token, by its lower-case name. Of Authorization only the scheme Bearer counts. */
export function headerExtractor(name: string): ExtractHeader {
  if (name !== 'authorization') return ({ headers }) => headers.get(name) ?? undefined;
  return ({ headers }) => {
    const value = headers.get(name);
    return typeof value === 'string' && BEARER_SCHEME.test(value) ? value : undefined;
  };
}

/**
 * Takes the token out of its header's value; undefined for what is no single token, such as two headers that were joined.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function extractToken(value: string, name: string): string | undefined {
  return name === 'authorization' ? BEARER.exec(value)?.groups?.['token'] : value;
}

/** The value that a token's header usually has; whoever writes it in another way means the same token. */
export function formatAuthorization(token: string, name: string): string {
  return name === 'authorization' ? `Bearer ${token}` : token;
}

/** Whether the query has a token too, which may be another one: a request presents its token in one way. */
export function hasTokenInQuery(search: string): boolean {
  return search !== '' && new URLSearchParams(search).has('access_token');
}
