import * as v from 'valibot';
import type { RequestRate } from '../http/rate-limit.ts';
import type { CacheLifetime } from '../recordings/cache-control.ts';
import { HIDABLE_FIELDS, isHidableField, type HidableField } from '../recordings/serialize.ts';

/** A setting's schema: text in, its value out; messages say what must be there and never what was. */
export type EnvSchema<T> = v.GenericSchema<string, T>;

/** Any text. */
export const text: EnvSchema<string> = v.string('must be text');

/** Text that says something. */
export const nonBlankText: EnvSchema<string> = v.pipe(text, v.regex(/\S/, 'must not be blank'));

/** Who the edge is to Twilio: Basic credentials have a colon between this and its secret. */
export const accountSid: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\x21-\x39\x3b-\x7e]+$/, 'must be a SID, without a colon, a space or a line feed'),
);

/** A secret, as it is pasted: a line feed at its end is the usual fault. */
export const secret: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\x21-\x7e]+$/, 'must have no space, line feed or letter beyond ASCII'),
);

/** Where recordings come from. */
export const sourceName: EnvSchema<'archive' | 'twilio'> = v.picklist(
  ['archive', 'twilio'],
  'must be archive or twilio',
);

/** How much is logged. */
export const logLevel: EnvSchema<'silent' | 'error' | 'info' | 'debug'> = v.picklist(
  ['silent', 'error', 'info', 'debug'],
  'must be silent, error, info or debug',
);

/** `true` or `false`. */
export const trueOrFalse: EnvSchema<boolean> = v.pipe(
  text,
  v.picklist(['true', 'false'], 'must be true or false'),
  v.transform((value) => value === 'true'),
);

/** A number of bytes, 64 KiB at least: less would hold nothing worth it. */
export const byteSize: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,15}$/, 'must be a number of bytes, 65536 or more'),
  v.transform(Number),
  v.minValue(65_536, 'must be a number of bytes, 65536 or more'),
);

/** A TCP port. */
export const portNumber: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,5}$/, 'must be a port, 1 to 65535'),
  v.transform(Number),
  v.minValue(1, 'must be a port, 1 to 65535'),
  v.maxValue(65_535, 'must be a port, 1 to 65535'),
);

/** Seconds that an idle connection is kept; Bun takes at most 255. */
export const keepAliveSeconds: EnvSchema<number> = v.pipe(
  text,
  v.regex(/^\d{1,3}$/, 'must be a number of seconds, 1 to 255'),
  v.transform(Number),
  v.minValue(1, 'must be a number of seconds, 1 to 255'),
  v.maxValue(255, 'must be a number of seconds, 1 to 255'),
);

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

export function isOrigin(value: string): boolean {
  return (
    !value.includes('*') &&
    URL.canParse(value) &&
    /^https?:$/.test(new URL(value).protocol) &&
    new URL(value).origin === value
  );
}

/** Whether what is sent to a URL is read by nobody on the way. */
export function isSecureUrl(value: string): boolean {
  const { protocol, hostname } = new URL(value);
  return protocol === 'https:' || LOOPBACK.has(hostname);
}

/** Where this edge is reached: an origin, without a trailing slash. */
export const publicOrigin: EnvSchema<string> = v.pipe(
  text,
  v.check(isOrigin, 'must be an origin such as https://recordings.example.com, without a path or a slash'),
);

/** Where the credentials are sent. */
export const secureOrigin: EnvSchema<string> = v.pipe(
  text,
  v.check(
    (value) => isOrigin(value) && isSecureUrl(value),
    'must be an https origin (http only on this machine), without a path or a slash',
  ),
);

/** Names of attributes with commas between them, each once and sorted: their order makes no difference to anything. */
export const hiddenFieldList: EnvSchema<readonly HidableField[]> = v.pipe(
  text,
  v.check(
    (value) => splitList(value).every(isHidableField),
    `must be names out of ${HIDABLE_FIELDS.join(', ')} with commas between them`,
  ),
  v.transform((value) => [...new Set(splitList(value).filter(isHidableField))].toSorted()),
);

/** `fresh/stale-while-revalidate/stale-if-error`, each in seconds. */
export const cacheLifetime: EnvSchema<CacheLifetime> = v.pipe(
  text,
  v.regex(/^\d{1,9}\/\d{1,9}\/\d{1,9}$/, 'must be three numbers of seconds such as 300/600/3600'),
  v.transform((value) => {
    const [fresh = 0, whileRevalidate = 0, ifError = 0] = value.split('/').map(Number);
    return { fresh, whileRevalidate, ifError };
  }),
);

/** `requests/seconds`, both 1 or more. */
export const requestRate: EnvSchema<RequestRate> = v.pipe(
  text,
  v.regex(/^[1-9]\d{0,5}\/[1-9]\d{0,4}$/, 'must be requests per seconds such as 600/60'),
  v.transform((value) => {
    const [requests = 0, seconds = 0] = value.split('/').map(Number);
    return { requests, seconds };
  }),
);

/** The name of a header, in lower case. */
export const headerName: EnvSchema<string> = v.pipe(
  text,
  v.regex(/^[\w!#$%&'*+.^`|~-]+$/, 'must be the name of a header'),
  v.transform((value) => value.toLowerCase()),
);

/** Headers that browsers and connections write for purposes of their own: none of them holds a token, or names a caller. */
const RESERVED = [
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

function headerExcept(reserved: readonly string[]): EnvSchema<string> {
  const names = new Set(reserved);
  return v.pipe(
    headerName,
    v.check((name) => !names.has(name), 'must not be a header that has another purpose'),
  );
}

/** The header of a token. */
export const tokenHeaderName: EnvSchema<string> = headerExcept(RESERVED);

/** The header that names callers: credentials would be kept as their names, and a new one would make a new caller. */
export const clientIpHeaderName: EnvSchema<string> = v.pipe(
  headerExcept([...RESERVED, 'authorization', 'proxy-authorization']),
  // Its members are lists of their own, whose ports and other parts would make each connection a caller.
  v.check(
    (name) => name !== 'forwarded',
    'must not be Forwarded: name a header that has the address alone, such as X-Forwarded-For',
  ),
);

/** A comma with nothing beside it leaves an empty member, which no setting takes; nothing at all has no member. */
export function splitList(value: string): readonly string[] {
  return value === '' ? [] : value.split(',').map((member) => member.trim());
}

/** A setting that cannot be used. Its message names the variable and never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
