import { parseFieldNames } from './policy/cache-control.ts';

/** Header fields in order, names in lower case; Set-Cookie may be there more than once. */
export type HeaderList = readonly [name: string, value: string][];

/** Fields about one connection, which no cache stores and no intermediary passes on (RFC 9110 §7.6.1, RFC 9111 §3.1). */
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

/** Fields that are about the stored bytes themselves, which a 304 does not bring (RFC 9111 §3.2). */
const ABOUT_BYTES = /^content-(?:encoding|length|range)$/;

/** The fields that go on past this hop: neither hop-by-hop ones nor those that Connection names (RFC 9110 §7.6.1). */
export function endToEndHeaders(headers: Headers): HeaderList {
  const named = parseFieldNames(headers.get('connection') ?? '');
  const fields: [string, string][] = [];
  headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name) && !named.includes(name)) fields.push([name, value]);
  });
  return fields;
}

/** The value of a field that is there once. */
export function getHeader(fields: HeaderList, name: string): string | undefined {
  return fields.find((field) => field[0] === name)?.[1];
}

/** Fields without those named. */
export function omitHeaders(fields: HeaderList, names: readonly string[]): HeaderList {
  return fields.filter(([name]) => !names.includes(name));
}

/** Stored fields brought up to date by those of a 304: replaced where it has them, kept where not (RFC 9111 §3.2). */
export function freshenHeaders(stored: HeaderList, fresh: HeaderList): HeaderList {
  const updates = fresh.filter(([name]) => !ABOUT_BYTES.test(name));
  const names = updates.map(([name]) => name);
  return [...omitHeaders(stored, names), ...updates];
}
