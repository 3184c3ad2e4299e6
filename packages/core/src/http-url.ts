import { parseUrl } from './parse-url.ts';

/**
 * An absolute http or https URL by its characters, which are those of RFC 3986 and letters beyond ASCII. `URL` alone
 * would repair white space, backslashes and missing slashes, and the text is passed on as it was written.
 *
 * The authority has a limit because some runtimes encode long international names in quadratic time; a host name has
 * at most 253 characters.
 */
const HTTP_URL = /^https?:\/\/[^\s\p{Cc}"<>\\^`{|}/?#]{1,500}(?:[/?#][^\s\p{Cc}"<>\\^`{|}]*)?$/iu;

/**
 * Checks whether a text is an absolute http or https URL, which a page may put into `href` or `src`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-4.3
 */
export function isHttpUrl(text: string): boolean {
  return HTTP_URL.test(text) && parseUrl(text) !== undefined;
}
