/** Matches a directive up to the next comma outside a quoted string. An unterminated quoted string extends to the end. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

/** The directives of a response that apply to a shared cache (RFC 9111 §5.2.2, RFC 5861 §3 and §4). */
export interface CacheDirectives {
  /** Directives with seconds. NaN for a value that is not a number: the response is then stale (RFC 9111 §4.2.1). */
  readonly numbers: ReadonlyMap<string, number>;
  /** Directives without a number. Unknown directives are included and have no effect (RFC 9111 §5.2.3). */
  readonly flags: ReadonlySet<string>;
  /** Lower-case header names listed in `no-cache="…"` and `private="…"`: the cache must not store these headers. */
  readonly privateFieldNames: readonly string[];
}

/** A directive: its lower-case name, and its value if it has one. */
type Directive = readonly [name: string, value: string | undefined];

/** Parses a Cache-Control header (RFC 9111 §5.2) leniently. Several header lines count as one list. */
export function parseCacheControl(text: string): CacheDirectives {
  return collectDirectives(listDirectives(text));
}

function* listDirectives(text: string): Generator<Directive> {
  for (const [directive] of text.matchAll(DIRECTIVE)) {
    const equals = directive.indexOf('=');
    // Whitespace around "=" is not allowed, so the stricter interpretation wins. The name is trimmed, so that "no-store " still
    // forbids storing. The value is not trimmed, so that "max-age= 60" is not a number.
    const name = (equals < 0 ? directive : directive.slice(0, equals)).trim().toLowerCase();
    yield [name, equals < 0 ? undefined : unquote(directive.slice(equals + 1).trimEnd())];
  }
}

/** Removes double quotes: recipients accept the token form and the quoted form (RFC 9111 §5.2). Single quotes stay. */
function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1')
    : value;
}

const NUMERIC_DIRECTIVES = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']);

/** Directives that apply to the listed headers if they have a value, and otherwise to the whole response. */
const DIRECTIVES_WITH_FIELD_NAMES = new Set(['no-cache', 'private']);

/** Collects directives from any header. If a numeric directive occurs twice, the first one counts (RFC 9111 §4.2.1). */
function collectDirectives(directives: Iterable<Directive>): CacheDirectives {
  const numbers = new Map<string, number>();
  const flags = new Set<string>();
  const privateFieldNames: string[] = [];
  for (const [name, value] of directives) {
    if (NUMERIC_DIRECTIVES.has(name)) {
      if (!numbers.has(name)) numbers.set(name, parseDeltaSeconds(value ?? ''));
    } else if (value !== undefined && DIRECTIVES_WITH_FIELD_NAMES.has(name)) {
      privateFieldNames.push(...parseFieldNames(value.replaceAll('"', '')));
    } else {
      flags.add(name);
    }
  }
  return { numbers, flags, privateFieldNames };
}

/** Parses a comma-separated list of header names, as in Connection, Vary and `no-cache="…"`. Returns them in lower case. */
export function parseFieldNames(list: string): string[] {
  return list
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The upper bound of durations, seconds. A larger value counts as this one (RFC 9111 §1.2.2). */
export const MAX_DELTA_SECONDS: number = 2 ** 31;

/** Parses delta-seconds (RFC 9111 §1.2.2): digits only, limited to 2^31. Returns NaN for other text. */
export function parseDeltaSeconds(text: string): number {
  return /^\d+$/.test(text) ? Math.min(Number(text), MAX_DELTA_SECONDS) : NaN;
}

const KEY = String.raw`[a-z*][a-z0-9_\-.*]*`;
const ITEM = [
  String.raw`-?(?:\d{1,12}\.\d{1,3}|\d{1,15})(?![\d.])`,
  String.raw`"(?:[ !#-[\]-~]|\\["\\])*"`,
  String.raw`[A-Za-z*][!#$%&'*+\-.^_\x60|~0-9A-Za-z:/]*`,
  ':[A-Za-z0-9+/=]*:',
  String.raw`\?[01]`,
].join('|');
const PARAMETERS = `(?:; *${KEY}(?:=(?:${ITEM}))?)*`;
const INNER_LIST = String.raw`\( *(?:(?:${ITEM})${PARAMETERS}(?: +|(?=\))))*\)`;
const COMMA = String.raw`[ \t]*,[ \t]*`;
const MEMBER = new RegExp(`(${KEY})(?:=(${ITEM}|${INNER_LIST}))?${PARAMETERS}(?:(${COMMA})|$)`, 'y');

/**
 * Parses a targeted cache-control header, such as CDN-Cache-Control (RFC 9213 §2.1), strictly as a Dictionary of RFC 8941.
 *
 * @returns the directives; undefined for an empty or invalid header, which the cache must ignore.
 */
export function parseTargetedCacheControl(text: string): CacheDirectives | undefined {
  const members = new Map<string, string | undefined>();
  MEMBER.lastIndex = 0;
  for (;;) {
    const [, name, value, comma] = MEMBER.exec(text) ?? [];
    if (name === undefined) return undefined;
    members.set(name, value); // If a key occurs twice, the last one counts (RFC 8941 §3.2).
    if (comma === undefined) return collectDirectives(listTargetedDirectives(members));
  }
}

/** Lists directives. Values keep their quotes, so that a string never counts as a number (RFC 9213 §2.1). */
function* listTargetedDirectives(members: ReadonlyMap<string, string | undefined>): Generator<Directive> {
  for (const [name, value] of members) {
    if (value !== '?0') yield [name, value === '?1' ? undefined : value];
  }
}
