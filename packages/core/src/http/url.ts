import { RecordingsError } from '../errors.ts';

/**
 * A scheme, a host without user information, perhaps a port, and a rest without brackets, which RFC 3986 allows around
 * an IPv6 address alone. Pages show URLs, and `https://bank.example@attacker.example/` shows the wrong host.
 *
 * The authority has a limit because some runtimes encode long international names in quadratic time; a host name has
 * at most 253 characters.
 */
const SHAPE = /^https?:\/\/(?:[^/?#[\]@]{1,500}|\[[\da-f:.]{2,45}\](?::\d*)?)(?:[/?#][^[\]]*)?$/i;

/**
 * What the characters of RFC 3986 and letters beyond ASCII exclude: other ASCII, white space, format characters, which
 * reverse or hide the text around them, lone surrogates, a `%` without two hexadecimal digits and a second `#`.
 *
 * The format characters are a list and not `\p{Cf}`, because the regular expressions of older React Native do not have
 * property escapes and each runtime has the list of its own version of Unicode.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3987#section-4.1
 */
const FORBIDDEN =
  /[^!#-;=?-[\]_a-z~\u{a1}-\u{10ffff}]|[\s\u{ad}\u{600}-\u{605}\u{61c}\u{6dd}\u{70f}\u{890}\u{891}\u{8e2}\u{180e}\u{200b}-\u{200f}\u{202a}-\u{202e}\u{2060}-\u{206f}\u{feff}\u{fff9}-\u{fffb}\u{110bd}\u{110cd}\u{13430}-\u{1343f}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e007f}\u{d800}-\u{dfff}]|%(?![\dA-Fa-f]{2})|#[^#]*#/u;

/**
 * Checks whether a text is an absolute http or https URL, which a page may put into `href` or `src`.
 *
 * The characters are checked too, because `URL` would repair white space, backslashes and missing slashes, and the text is
 * passed on as it was written.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-4.3
 */
export function isHttpUrl(text: string): boolean {
  return SHAPE.test(text) && !FORBIDDEN.test(text) && parseUrl(text) !== undefined;
}

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks where a client will send its credentials, and returns it without a trailing slash.
 *
 * @throws {RecordingsError} `invalid_request` for no URL, credentials inside it, a query or a fragment, and for
 * plain http to another machine that was not allowed.
 */
export function normalizeBaseUrl(baseUrl: string, allowHttp: boolean): string {
  const url = parseUrl(baseUrl);
  if (url === undefined) throw refuse('is no absolute URL');
  if (url.username !== '' || url.password !== '') throw refuse('must not hold credentials: use auth');
  // Also an empty one, which URL does not show.
  if (/[?#]/.test(baseUrl)) throw refuse('must not hold a query or a fragment');
  const mayBePlain = allowHttp || LOOPBACK.has(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBePlain)) {
    throw refuse('must be https, or http to this machine, or http with allowHttp');
  }
  return url.href.replace(/\/+$/, '');
}

function refuse(why: string): RecordingsError {
  return new RecordingsError('invalid_request', `baseUrl ${why}.`);
}

/**
 * Parses an absolute URL.
 *
 * `URL.canParse` is not used: the polyfill that React Native needs does not have it in every version, nor do older browsers.
 *
 * @returns undefined if the text is not an absolute URL.
 */
function parseUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
