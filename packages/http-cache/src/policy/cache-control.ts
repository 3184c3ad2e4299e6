/** A directive up to the next comma that is not inside a quoted string; a string left open goes on to the end. */
const DIRECTIVE = /(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/gs;

/** Reads Cache-Control (RFC 9111 §5.2) as it is meant to be read: leniently, and more than one line as one list. */
export function parseCacheControl(text: string): CacheDirectives {
  return collectDirectives(listDirectives(text));
}

function* listDirectives(text: string): Generator<Directive> {
  for (const [directive] of text.matchAll(DIRECTIVE)) {
    const equals = directive.indexOf('=');
    // Blanks around "=" are not allowed. The name is trimmed so that "no-store " still forbids, the value is not, so
    // that "max-age= 60" is no number: where it matters, the stricter reading wins.
    const name = (equals < 0 ? directive : directive.slice(0, equals)).trim().toLowerCase();
    yield [name, equals < 0 ? undefined : unquote(directive.slice(equals + 1).trimEnd())];
  }
}

/** Recipients accept the token and the quoted form alike (RFC 9111 §5.2); single quotes are no quotes. */
function unquote(value: string): string {
  return value.length > 1 && value.startsWith('"') && value.endsWith('"')
    ? value.slice(1, -1).replaceAll(/\\(.)/gs, '$1')
    : value;
}

/** What an answer says to a shared cache (RFC 9111 §5.2.2, RFC 5861 §3 and §4), under the directives' own names. */
export interface CacheDirectives {
  /** Seconds; NaN where a directive is there and has no number: the answer is stale then (RFC 9111 §4.2.1). */
  readonly numbers: ReadonlyMap<string, number>;
  /** The directives without a number, known or not: one that is not known is passed over (RFC 9111 §5.2.3). */
  readonly flags: ReadonlySet<string>;
  /** Lower-case names that `no-cache="…"` and `private="…"` list: fields that are not for everyone. */
  readonly withheld: readonly string[];
}

/** One directive: its lower-case name and, unless it has none, its value. */
type Directive = readonly [name: string, value: string | undefined];

const NUMBERS = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']);

/** Directives that are about a few fields where they name some, and about the whole answer where not. */
const MAY_NAME_FIELDS = new Set(['no-cache', 'private']);

/** Sums up directives, whichever field they come from. Of a number said twice the first counts (RFC 9111 §4.2.1). */
function collectDirectives(members: Iterable<Directive>): CacheDirectives {
  const numbers = new Map<string, number>();
  const flags = new Set<string>();
  const withheld: string[] = [];
  for (const [name, value] of members) {
    if (NUMBERS.has(name)) {
      if (!numbers.has(name)) numbers.set(name, parseDeltaSeconds(value ?? ''));
    } else if (value !== undefined && MAY_NAME_FIELDS.has(name)) {
      withheld.push(...parseFieldNames(value.replaceAll('"', '')));
    } else {
      flags.add(name);
    }
  }
  return { numbers, flags, withheld };
}

/** The lower-case names of a list of fields, as Connection, Vary and `no-cache="…"` have one. */
export function parseFieldNames(list: string): string[] {
  return list
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}

/** The largest number of seconds that is told apart: RFC 9111 §1.2.2 lets anything larger be this. */
export const MAX_DELTA_SECONDS: number = 2 ** 31;

/** Reads delta-seconds (RFC 9111 §1.2.2): digits alone, saturated at 2^31; NaN for anything else. */
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
 * Reads a field meant for one kind of cache, such as CDN-Cache-Control (RFC 9213 §2.1): a Dictionary of RFC 8941,
 * strictly. Undefined where it is empty or does not parse: it is then as if it were not there.
 */
export function parseTargetedCacheControl(text: string): CacheDirectives | undefined {
  const members = new Map<string, string | undefined>();
  MEMBER.lastIndex = 0;
  for (;;) {
    const [, name, value, comma] = MEMBER.exec(text) ?? [];
    if (name === undefined) return undefined;
    members.set(name, value); // of a key said twice, the last one counts (RFC 8941 §3.2)
    if (comma === undefined) return collectDirectives(listTargetedDirectives(members));
  }
}

/** A value keeps its quotes: where a number is due, a string is never made one (RFC 9213 §2.1). */
function* listTargetedDirectives(members: ReadonlyMap<string, string | undefined>): Generator<Directive> {
  for (const [name, value] of members) {
    if (value !== '?0') yield [name, value === '?1' ? undefined : value];
  }
}
