import { splitNames } from './directives.ts';

/** Header fields in order, names in lower case; Set-Cookie may be there more than once. */
export type Fields = readonly [name: string, value: string][];

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
export function listFields(headers: Headers): Fields {
  const named = splitNames(headers.get('connection') ?? '');
  const fields: [string, string][] = [];
  headers.forEach((value, name) => {
    if (!HOP_BY_HOP.has(name) && !named.includes(name)) fields.push([name, value]);
  });
  return fields;
}

/** The value of a field that is there once. */
export function findField(fields: Fields, name: string): string | undefined {
  return fields.find((field) => field[0] === name)?.[1];
}

/** Fields without those named. */
export function omitFields(fields: Fields, names: readonly string[]): Fields {
  return fields.filter(([name]) => !names.includes(name));
}

/** Stored fields brought up to date by those of a 304: replaced where it has them, kept where not (RFC 9111 §3.2). */
export function updateFields(stored: Fields, fresh: Fields): Fields {
  const updates = fresh.filter(([name]) => !ABOUT_BYTES.test(name));
  const names = updates.map(([name]) => name);
  return [...omitFields(stored, names), ...updates];
}
