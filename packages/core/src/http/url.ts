import { RecordingsError } from '../errors.ts';

/**
 * A scheme, a host without user information, an optional port, and a path, query and fragment without brackets, which RFC
 * 3986 allows around an IPv6 address only. Pages show URLs, and `https://bank.example@attacker.example/` shows the wrong host.
 *
 * The authority has a maximum length because some runtimes encode long international names in quadratic time. A host name
 * has at most 253 characters.
 */
const HTTP_URL = /^https?:\/\/(?:[^/?#[\]@]{1,500}|\[[\da-f:.]{2,45}\](?::\d*)?)(?:[/?#][^[\]]*)?$/i;

/**
 * The text that neither RFC 3986 nor letters beyond ASCII allow: other ASCII, white space, format characters, which reverse
 * or hide the text around them, lone surrogates, a `%` without two hexadecimal digits and a second `#`.
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
 * passed on unchanged.
 *
 * @see https://www.rfc-editor.org/rfc/rfc3986#section-4.3
 */
export function isHttpUrl(text: string): boolean {
  return HTTP_URL.test(text) && !FORBIDDEN.test(text) && parseUrl(text) !== undefined;
}

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Checks a base URL, to which a client sends its credentials, and removes its trailing slashes.
 *
 * @throws {RecordingsError} `invalid_request`: the text is not an absolute URL, it contains credentials, a query or a
 * fragment, or its scheme is http, its host is another machine and `allowInsecureHttp` is false.
 */
export function normalizeBaseUrl(baseUrl: string, allowInsecureHttp: boolean): string {
  const url = parseUrl(baseUrl);
  if (url === undefined) throw createBaseUrlError('must be an absolute URL');
  if (url.username !== '' || url.password !== '') {
    throw createBaseUrlError('must not contain credentials: use auth');
  }
  // The text is tested, because URL does not show an empty query or fragment.
  if (/[?#]/.test(baseUrl)) throw createBaseUrlError('must not contain a query or a fragment');
  const isHttpAllowed = allowInsecureHttp || LOOPBACK_HOSTS.has(url.hostname);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHttpAllowed)) {
    throw createBaseUrlError('must be https, or http to this machine, or http with allowInsecureHttp');
  }
  return url.href.replace(/\/+$/, '');
}

function createBaseUrlError(problem: string): RecordingsError {
  return new RecordingsError('invalid_request', `baseUrl ${problem}.`);
}

/**
 * Encodes the value of a query parameter.
 *
 * @throws {RecordingsError} `invalid_request`: the text has a lone surrogate, which no URL can contain.
 */
export function encodeQueryValue(value: string | number): string {
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw new RecordingsError('invalid_request', 'A query parameter must not have a lone surrogate.', {
      cause,
    });
  }
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
