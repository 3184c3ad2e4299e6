import { parseDeltaSeconds } from './delta-seconds.ts';

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
export type Directive = readonly [name: string, value: string | undefined];

const NUMBERS = new Set(['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error']);

/** Directives that are about a few fields where they name some, and about the whole answer where not. */
const MAY_NAME_FIELDS = new Set(['no-cache', 'private']);

/** Sums up directives, whichever field they come from. Of a number said twice the first counts (RFC 9111 §4.2.1). */
export function collectDirectives(members: Iterable<Directive>): CacheDirectives {
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
