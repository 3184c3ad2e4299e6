import type { CacheEntry, StoredResponse, VaryHeader } from '../stores/store.ts';
import { parseFieldNames } from './cache-control.ts';

/** Reads request headers by their lower-case names: a Headers object, or a Map of strings. */
export interface HeadersLike {
  get(name: string): string | null | undefined;
}

/** The number of variants stored under one key. If there are more, the oldest one is dropped. */
const MAX_VARIANTS = 32;

/**
 * Parses a Vary header and takes the values of the request (RFC 9111 §4.1). Accept-Encoding is left out: the cache never forwards
 * it, so no stored response depends on it.
 *
 * @returns undefined if the list contains `*`, which matches no request.
 */
export function parseVary(vary: string | null, request: HeadersLike): readonly VaryHeader[] | undefined {
  const names = parseFieldNames(vary ?? '');
  if (names.includes('*')) return undefined;
  return [...new Set(names)]
    .filter((name) => name !== 'accept-encoding')
    .map((name) => [name, request.get(name) ?? null]);
}

/** Returns whether a request has the same values of the Vary headers as the stored response. Values are not normalised. */
export function matchesVary(stored: StoredResponse, request: HeadersLike): boolean {
  return stored.vary.every(([name, value]) => (request.get(name) ?? null) === value);
}

/** Returns the newest stored response that matches a request; undefined if none matches. */
export function selectVariant(
  entry: CacheEntry | undefined,
  request: HeadersLike,
): StoredResponse | undefined {
  return entry?.variants.find((variant) => matchesVary(variant, request));
}

/** Returns an entry with a new response, which replaces those that match the same request. */
export function addVariant(
  entry: CacheEntry | undefined,
  response: StoredResponse,
  request: HeadersLike,
): CacheEntry {
  return { variants: [response, ...omitVariants(entry, request)].slice(0, MAX_VARIANTS) };
}

/** Returns the variants that do not match a request. */
export function omitVariants(entry: CacheEntry | undefined, request: HeadersLike): readonly StoredResponse[] {
  return entry?.variants.filter((variant) => !matchesVary(variant, request)) ?? [];
}
