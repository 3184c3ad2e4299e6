import * as v from 'valibot';
import type { AllowedOrigins } from '../http/cors.ts';
import { headerName, splitList, text, type EnvSchema, isOrigin } from './schemas.ts';

/**
 * Headers that a script cannot set: a list that contains one of them is a mistake.
 *
 * @see https://fetch.spec.whatwg.org/#forbidden-request-header
 */
const FORBIDDEN_REQUEST_HEADERS = new Set([
  'accept-charset',
  'accept-encoding',
  'access-control-request-headers',
  'access-control-request-method',
  'access-control-request-private-network',
  'connection',
  'content-length',
  'cookie',
  'cookie2',
  'date',
  'dnt',
  'expect',
  'host',
  'keep-alive',
  'origin',
  'referer',
  'set-cookie',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
]);

/** Accepts a comma-separated list of request headers that pages may send. Returns each name once and in lower case. */
export const headerNameList: EnvSchema<readonly string[]> = v.pipe(
  text,
  v.transform(splitList),
  v.check(
    (names) => names.every((name) => v.is(headerName, name) && !name.includes('*')),
    'must be a comma-separated list of header names such as X-App-Version, without *',
  ),
  v.check(
    (names) => !names.some((name) => isForbidden(name.toLowerCase())),
    'must not contain a header that a page cannot set, such as Cookie, Origin or Sec-Fetch-Mode',
  ),
  v.transform((names) => [...new Set(names.map((name) => name.toLowerCase()))]),
);

/** Checks if browsers forbid scripts to set a header. */
function isForbidden(name: string): boolean {
  return FORBIDDEN_REQUEST_HEADERS.has(name) || name.startsWith('proxy-') || name.startsWith('sec-');
}

const APP_ORIGIN_PATTERN = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/[A-Za-z\d._~-]+(?::(?<port>[1-9]\d{0,4}))?$/;

/** Schemes whose pages have an http or https origin or the origin `null`. An origin with such a scheme does not exist. */
const NON_APP_SCHEMES = new Set(['http', 'https', 'ws', 'wss', 'ftp', 'file']);

/**
 * Checks if a text is the serialized origin of an app's webview or of a browser extension.
 *
 * Examples are `capacitor://localhost`, `app://.` and `chrome-extension://<id>`. For such schemes `URL` returns the origin `null`, so
 * a grammar decides. The host is opaque and keeps its case.
 *
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function isAppOrigin(value: string): boolean {
  const { scheme = '', port = '1' } = APP_ORIGIN_PATTERN.exec(value)?.groups ?? {};
  return scheme !== '' && !NON_APP_SCHEMES.has(scheme) && Number(port) <= 65_535;
}

const WILDCARD_PREFIX = 'https://*';

/** Checks if a text matches every https origin below a domain. The domain must contain a dot: `https://*.com` would match anyone. */
function isWildcardOrigin(value: string): boolean {
  const domain = value.slice(WILDCARD_PREFIX.length);
  return (
    value.startsWith(WILDCARD_PREFIX) && /^\.[^.:]+\.[^:]+$/.test(domain) && isOrigin(`https://any${domain}`)
  );
}

function isPageOrigin(value: string): boolean {
  return isOrigin(value) || isAppOrigin(value);
}

/** Accepts `*`, or a comma-separated list of origins. */
export const originList: EnvSchema<AllowedOrigins> = v.pipe(
  text,
  v.check(
    (value) =>
      value === '*' || splitList(value).every((member) => isPageOrigin(member) || isWildcardOrigin(member)),
    'must be * or a comma-separated list of origins such as https://app.example.com, capacitor://localhost and https://*.example.com, without paths, trailing slashes, null and ports after a wildcard',
  ),
  v.transform((value) => {
    if (value === '*') return value;
    const members = splitList(value);
    return {
      exact: new Set(members.filter(isPageOrigin)),
      subdomainSuffixes: members
        .filter(isWildcardOrigin)
        .map((member) => member.slice(WILDCARD_PREFIX.length)),
    };
  }),
);
