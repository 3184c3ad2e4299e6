import { parseDeltaSeconds } from './delta-seconds.ts';

/** What an answer says to a shared cache (RFC 9111 §5.2.2, RFC 5861 §3 and §4); times are seconds. */
export interface Directives {
  /** NaN where it is there and no number: the answer is stale then (RFC 9111 §4.2.1). */
  maxAge?: number;
  sMaxage?: number;
  staleWhileRevalidate?: number;
  staleIfError?: number;
  noStore?: boolean;
  noCache?: boolean;
  isPrivate?: boolean;
  isPublic?: boolean;
  mustRevalidate?: boolean;
  proxyRevalidate?: boolean;
  mustUnderstand?: boolean;
  /** Lower-case names that `no-cache="…"` and `private="…"` list: fields that are not for everyone. */
  withheld: string[];
}

/** One directive: its lower-case name and, unless it has none, its value without quotes. */
export type Member = readonly [name: string, value: string | undefined];

/**
 * Sums up directives, whichever field they come from. Of a number said twice the first counts, and of two that
 * contradict each other the more restrictive (RFC 9111 §4.2.1); a name that is not known is passed over (§5.2.3).
 */
export function sumUp(members: Iterable<Member>): Directives {
  const directives: Directives = { withheld: [] };
  for (const [name, value] of members) {
    switch (name) {
      case 'max-age':
        directives.maxAge ??= parseDeltaSeconds(value ?? '');
        break;
      case 's-maxage':
        directives.sMaxage ??= parseDeltaSeconds(value ?? '');
        break;
      case 'stale-while-revalidate':
        directives.staleWhileRevalidate ??= parseDeltaSeconds(value ?? '');
        break;
      case 'stale-if-error':
        directives.staleIfError ??= parseDeltaSeconds(value ?? '');
        break;
      case 'no-store':
        directives.noStore = true;
        break;
      case 'no-cache':
        if (value === undefined) directives.noCache = true;
        else directives.withheld.push(...splitNames(value));
        break;
      case 'private':
        if (value === undefined) directives.isPrivate = true;
        else directives.withheld.push(...splitNames(value));
        break;
      case 'public':
        directives.isPublic = true;
        break;
      case 'must-revalidate':
        directives.mustRevalidate = true;
        break;
      case 'proxy-revalidate':
        directives.proxyRevalidate = true;
        break;
      case 'must-understand':
        directives.mustUnderstand = true;
        break;
      default:
    }
  }
  return directives;
}

/** The lower-case names of a list of fields, as Connection, Vary and `no-cache="…"` have one. */
export function splitNames(list: string): string[] {
  return list
    .toLowerCase()
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
