import type { CacheEntry, StoredResponse, VaryHeader } from '../stores/store.ts';
import { parseFieldNames } from './cache-control.ts';

/** How a request header is read: by its lower-case name. A Headers object or a Map of strings will do. */
export interface HeadersLike {
  get(name: string): string | null | undefined;
}

/** More answers than this under one key are not kept: the oldest goes. */
const MOST_VARIANTS = 32;

/**
 * Reads what an answer was chosen by (RFC 9111 §4.1); undefined for `*`, wherever in the list: it matches no request.
 * Accept-Encoding is left out: it is never passed on, so every stored answer was chosen without it.
 */
export function parseVary(vary: string | null, request: HeadersLike): readonly VaryHeader[] | undefined {
  const names = parseFieldNames(vary ?? '');
  if (names.includes('*')) return undefined;
  return [...new Set(names)]
    .filter((name) => name !== 'accept-encoding')
    .map((name) => [name, request.get(name) ?? null]);
}

/** Whether a stored answer was chosen by the same headers as this request has; values are compared as they came. */
export function matchesVary(stored: StoredResponse, request: HeadersLike): boolean {
  return stored.vary.every(([name, value]) => (request.get(name) ?? null) === value);
}

/** The newest answer of an entry that a request can be given. */
export function selectVariant(
  entry: CacheEntry | undefined,
  request: HeadersLike,
): StoredResponse | undefined {
  return entry?.variants.find((variant) => matchesVary(variant, request));
}

/** An entry with a new answer in place of the ones that the same request would be given. */
export function addVariant(
  entry: CacheEntry | undefined,
  answer: StoredResponse,
  request: HeadersLike,
): CacheEntry {
  return { variants: [answer, ...omitVariants(entry, request)].slice(0, MOST_VARIANTS) };
}

/** The answers that this request cannot be given. */
export function omitVariants(entry: CacheEntry | undefined, request: HeadersLike): readonly StoredResponse[] {
  return entry?.variants.filter((variant) => !matchesVary(variant, request)) ?? [];
}
