import * as v from 'valibot';
import type { RequestRate } from '../http/rate-limit.ts';
import type { CacheLifetime } from '../recordings/cache-control.ts';
import { HIDABLE_FIELDS, isHidableField, type HidableField } from '../recordings/serialize.ts';

/** A schema for one environment variable. It maps text to a value; its messages name the rule and never contain the value. */
export type EnvSchema<T> = v.GenericSchema<string, T>;

/** Accepts any text. */
export const text: EnvSchema<string> = v.string('must be a string');

/** Accepts text that contains at least one character besides white space. */
export const nonBlankText: EnvSchema<string> = v.pipe(text, v.regex(/\S/, 'must not be blank'));

/** Accepts an account SID or an API key SID. Basic credentials separate it from its secret by a colon (RFC 7617 §2). */
export const twilioSid: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\x21-\x39\x3b-\x7e]+$/, 'must be a SID, without colons, spaces and line feeds'),
);

/** Accepts a secret. The most frequent mistake is a trailing line feed from pasting. */
export const secret: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\x21-\x7e]+$/, 'must contain only visible ASCII characters: remove spaces and line feeds'),
);

/** Accepts the name of a recording source. */
export const sourceName: EnvSchema<'archive' | 'twilio'> = v.picklist(
  ['archive', 'twilio'],
  'must be archive or twilio',
);

/** Accepts a log level. */
export const logLevel: EnvSchema<'silent' | 'error' | 'info' | 'debug'> = v.picklist(
  ['silent', 'error', 'info', 'debug'],
  'must be silent, error, info or debug',
);

/** Accepts `true` or `false`. */
export const trueOrFalse: EnvSchema<boolean> = v.pipe(
  text,
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((value) => value === 'true'),
);

/** Accepts a number of bytes from 64 KiB: a smaller cache would evict each entry almost at once. */
export const byteSize: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,15}$/, 'must be a number of bytes, at least 65536'),
  v.transform(Number),
  v.minValue(65_536, 'must be a number of bytes, at least 65536'),
);

/** Accepts a TCP port. */
export const portNumber: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,5}$/, 'must be a number from 1 to 65535'),
  v.transform(Number),
  v.minValue(1, 'must be a number from 1 to 65535'),
  v.maxValue(65_535, 'must be a number from 1 to 65535'),
);

/** Accepts the seconds that an idle connection is kept open. Bun accepts at most 255. */
export const keepAliveSeconds: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,3}$/, 'must be a number of seconds from 1 to 255'),
  v.transform(Number),
  v.minValue(1, 'must be a number of seconds from 1 to 255'),
  v.maxValue(255, 'must be a number of seconds from 1 to 255'),
);

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Checks if the hostname of a URL is this machine. */
export function isLoopbackHost(hostname: string): boolean {
  return LOOPBACK_HOSTS.has(hostname);
}

/** Checks if a text is the serialized origin of an http or https URL, without a wildcard. */
export function isOrigin(value: string): boolean {
  return (
    !value.includes('*') &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol) &&
    new URL(value).origin === value
  );
}

/** Checks if nobody can read a request to this URL on its way: https, or http to the same machine. */
export function isSecureUrl(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || isLoopbackHost(hostname);
}

/** Accepts the public origin of this edge, without a trailing slash. */
export const publicOrigin: EnvSchema<string> = v.pipe(
  text,
  v.check(
    isOrigin,
    'must be an origin such as https://recordings.example.com, without a path or a trailing slash',
  ),
);

/** Accepts the origin that receives the credentials. */
export const secureOrigin: EnvSchema<string> = v.pipe(
  text,
  v.check(
    (value) => isOrigin(value) && isSecureUrl(value),
    'must be an https origin (http only for localhost, 127.0.0.1 and [::1]), without a path or a trailing slash',
  ),
);

/** Accepts a comma-separated list of attribute names. Returns each name once and sorted, because their order has no meaning. */
export const hiddenFieldList: EnvSchema<readonly HidableField[]> = v.pipe(
  text,
  v.check(
    (value) => splitList(value).every(isHidableField),
    `must be a comma-separated list of ${HIDABLE_FIELDS.join(', ')}`,
  ),
  v.transform((value) => [...new Set(splitList(value).filter(isHidableField))].toSorted()),
);

/** Accepts `max-age/stale-while-revalidate/stale-if-error`, each in seconds. */
export const cacheLifetime: EnvSchema<CacheLifetime> = v.pipe(
  text,
  v.regex(
    /^\d{1,9}\/\d{1,9}\/\d{1,9}$/,
    'must be three numbers of seconds (max-age/stale-while-revalidate/stale-if-error) such as 300/600/3600',
  ),
  v.transform((value) => {
    const [fresh = 0, whileRevalidate = 0, ifError = 0] = value.split('/').map(Number);
    return { fresh, whileRevalidate, ifError };
  }),
);

/** Accepts `requests/seconds`, each at least 1. */
export const requestRate: EnvSchema<RequestRate> = v.pipe(
  text,
  v.regex(/^[1-9]\d{0,5}\/[1-9]\d{0,4}$/, 'must be requests/seconds such as 600/60, each at least 1'),
  v.transform((value) => {
    const [requests = 0, seconds = 0] = value.split('/').map(Number);
    return { requests, seconds };
  }),
);

/** Accepts the name of a header. Returns it in lower case. */
export const headerName: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header, without spaces and colons'),
  v.transform((value) => value.toLowerCase()),
);

/** Headers that browsers and connections set themselves: none of them can contain a token or a client address. */
const RESERVED_HEADERS = [
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'connection',
  'content-length',
  'content-type',
  'cookie',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-unmodified-since',
  'origin',
  'range',
  'referer',
  'set-cookie',
  'transfer-encoding',
  'upgrade',
  'user-agent',
];

/** Creates a schema for a header name that is not one of the reserved names. */
function createHeaderNameSchema(reserved: readonly string[]): EnvSchema<string> {
  const names = new Set(reserved);
  return v.pipe(
    headerName,
    v.check((name) => !names.has(name), 'must not be a header with another purpose, such as Cookie or Host'),
  );
}

/** Accepts the name of the header that contains the token. */
export const tokenHeaderName: EnvSchema<string> = createHeaderNameSchema(RESERVED_HEADERS);

/**
 * Accepts the name of the header that contains the client address. It must not contain credentials: the edge would keep them as
 * client addresses, and each new token would count as a new client.
 */
export const clientIpHeaderName: EnvSchema<string> = v.pipe(
  createHeaderNameSchema([...RESERVED_HEADERS, 'authorization', 'proxy-authorization']),
  // The members of Forwarded have parameters (RFC 7239): a port in one of them would make each connection a new client.
  v.check(
    (name) => name !== 'forwarded',
    'must not be Forwarded: set a header that contains only addresses, such as X-Forwarded-For',
  ),
);

/**
 * Splits a comma-separated list.
 *
 * @returns the trimmed members; none for empty text. A comma without a neighbour gives an empty member, which each schema rejects.
 */
export function splitList(value: string): readonly string[] {
  return value === '' ? [] : value.split(',').map((member) => member.trim());
}

/** Reports an invalid setting. The message names the variable and never contains its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
