import * as v from 'valibot';
import type { AllowedOrigins } from '../http/cors.ts';
import { headerName, splitList, text, type EnvSchema, isOrigin } from './schemas.ts';

/**
 * Headers that no script may set, so that a list with them is a misunderstanding.
 *
 * @see https://fetch.spec.whatwg.org/#forbidden-request-header
 */
const FORBIDDEN = new Set([
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

/** Names of headers that pages may send besides the common ones, with commas between the names; each in lower case and once. */
export const headerNameList: EnvSchema<readonly string[]> = v.pipe(
  text,
  v.transform(splitList),
  v.check(
    (names) => names.every((name) => v.is(headerName, name) && !name.includes('*')),
    'must be names of headers such as X-App-Version with commas between them, without *',
  ),
  v.check(
    (names) => !names.some((name) => isForbidden(name.toLowerCase())),
    'must not name a header that browsers let no page set, such as Cookie, Origin or Sec-Fetch-Mode',
  ),
  v.transform((names) => [...new Set(names.map((name) => name.toLowerCase()))]),
);

function isForbidden(name: string): boolean {
  return FORBIDDEN.has(name) || name.startsWith('proxy-') || name.startsWith('sec-');
}

const APP_ORIGIN = /^(?<scheme>[a-z][a-z\d+.-]*):\/\/[A-Za-z\d._~-]+(?::(?<port>[1-9]\d{0,4}))?$/;

/** Schemes whose origins are an http or https origin, or `null`: a page never has such an origin of its own. */
const OTHER_SCHEMES = new Set(['http', 'https', 'ws', 'wss', 'ftp', 'file']);

/**
 * Checks if a text is the serialized origin of an app's webview or of a browser extension, such as `capacitor://localhost`, `app://.` or
 * `chrome-extension://<id>`. A runtime's URL has no origin but `null` for such schemes, so a grammar decides. The host is opaque, and
 * its case is kept.
 *
 * @see https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function isAppOrigin(value: string): boolean {
  const { scheme = '', port = '1' } = APP_ORIGIN.exec(value)?.groups ?? {};
  return scheme !== '' && !OTHER_SCHEMES.has(scheme) && Number(port) <= 65_535;
}

const BELOW = 'https://*';

/** Whether a text says "every https origin below this domain". The domain has a dot in it: `https://*.com` would be anyone. */
function isBelowDomain(value: string): boolean {
  const domain = value.slice(BELOW.length);
  return value.startsWith(BELOW) && /^\.[^.:]+\.[^:]+$/.test(domain) && isOrigin(`https://any${domain}`);
}

function isPageOrigin(value: string): boolean {
  return isOrigin(value) || isAppOrigin(value);
}

/** `*`, or origins with commas between them. */
export const originList: EnvSchema<AllowedOrigins> = v.pipe(
  text,
  v.check(
    (value) => value === '*' || splitList(value).every((one) => isPageOrigin(one) || isBelowDomain(one)),
    'must be * or origins such as https://app.example.com, capacitor://localhost and https://*.example.com with commas between them, without paths or slashes at their ends, and behind a star without a port; null is not possible',
  ),
  v.transform((value) => {
    if (value === '*') return value;
    const members = splitList(value);
    return {
      exact: new Set(members.filter(isPageOrigin)),
      below: members.filter(isBelowDomain).map((member) => member.slice(BELOW.length)),
    };
  }),
);
