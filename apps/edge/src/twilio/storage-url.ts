import { copyString } from '../concurrency/retained-strings.ts';
import { isLoopbackHost } from '../config/schemas.ts';

/** Visible ASCII without the backslash, which a parser reads as a slash, and without the number sign, which begins a fragment. */
const URL_CHARACTERS = /^[\x21\x22\x24-\x5b\x5d-\x7e]+$/;

/** A signed URL with a session token has up to 2 kB. */
const MAX_URL_CHARACTERS = 4_096;

/** The scheme and the authority of a URL in their normal form. */
const URL_START = /^(https?):\/\/([^/?]+)[/?]/;

/**
 * Parses the URL of a file at the storage of Twilio. The authority must be an entry of `MEDIA_HOSTS` character by character, so that user
 * names, other ports, IP addresses in other notations and hosts that only look alike are rejected. Only a loopback host may use http.
 *
 * @param text a URL that Twilio sent.
 * @param hosts the entries of `MEDIA_HOSTS`.
 * @returns a copy of the URL; undefined if the edge may not request it.
 */
export function parseStorageUrl(text: string, hosts: ReadonlySet<string>): string | undefined {
  if (text.length > MAX_URL_CHARACTERS || !URL_CHARACTERS.test(text) || !URL.canParse(text)) return undefined;
  const [, scheme, authority = ''] = URL_START.exec(text) ?? [];
  if (!hosts.has(authority)) return undefined;
  const { host, hostname } = new URL(text);
  if (scheme === 'http' && !isLoopbackHost(hostname)) return undefined;
  // The parser removes port 80 of http.
  if (host !== authority && `${host}:80` !== authority) return undefined;
  return copyString(text);
}

/** Seconds for which Twilio signs a URL: the maximum that it accepts. */
export const LINK_TTL_SECONDS = 3_600;

/** Milliseconds before the end of a URL from which it is not used any more. */
const LINK_MARGIN_MS = 60_000;

/**
 * Computes the time for which a signed URL may be remembered: until a minute before it expires.
 *
 * @param url a URL of S3 with the parameters of signature version 4 or 2. Without them the validity is the one that was requested.
 * @param now milliseconds since 1970, by the clock that signed the URL.
 * @returns milliseconds; 0 or less if the URL is not to be remembered.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html
 */
export function computeLinkLifetimeMs(url: string, now: number): number {
  const { searchParams } = new URL(url);
  const requestedMs = LINK_TTL_SECONDS * 1_000;
  const signedAt = parseAmzDate(searchParams.get('X-Amz-Date')) ?? now;
  const validMs = parseSeconds(searchParams.get('X-Amz-Expires')) ?? requestedMs;
  const endsAt = parseSeconds(searchParams.get('Expires')) ?? signedAt + validMs;
  return Math.min(endsAt - now, requestedMs) - LINK_MARGIN_MS;
}

function parseSeconds(text: string | null): number | undefined {
  return text !== null && /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : undefined;
}

/** Parses a date such as 20261129T013000Z to milliseconds since 1970. */
function parseAmzDate(text: string | null): number | undefined {
  const parts = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/.exec(text ?? '')?.slice(1);
  if (parts === undefined) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const time = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time) ? undefined : time;
}
