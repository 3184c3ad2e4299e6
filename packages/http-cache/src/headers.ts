import { parseFieldNames } from './policy/cache-control.ts';

/** Headers in order, with names in lower case. Set-Cookie may occur more than once. */
export type HeaderList = readonly [name: string, value: string][];

/** Headers of one connection, which a cache neither stores nor forwards (RFC 9110 §7.6.1, RFC 9111 §3.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** Headers that describe the stored bytes, which a 304 does not change (RFC 9111 §3.2). */
const BODY_HEADERS = /^content-(?:encoding|length|range)$/;

/** Returns the headers that are forwarded: without hop-by-hop headers and those named by Connection (RFC 9110 §7.6.1). */
export function endToEndHeaders(headers: Headers): HeaderList {
  const connectionNames = parseFieldNames(headers.get('connection') ?? '');
  const list: [string, string][] = [];
  headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name) && !connectionNames.includes(name)) list.push([name, value]);
  });
  return list;
}

/** Returns the value of a header that occurs at most once; undefined if it is missing. */
export function getHeader(headers: HeaderList, name: string): string | undefined {
  return headers.find((header) => header[0] === name)?.[1];
}

/** Returns the headers without those named. */
export function omitHeaders(headers: HeaderList, names: readonly string[]): HeaderList {
  return headers.filter(([name]) => !names.includes(name));
}

/** Returns stored headers, updated by those of a 304 (RFC 9111 §3.2). */
export function freshenHeaders(stored: HeaderList, notModified: HeaderList): HeaderList {
  const updates = notModified.filter(([name]) => !BODY_HEADERS.test(name));
  const names = updates.map(([name]) => name);
  return [...omitHeaders(stored, names), ...updates];
}
