import { getHeader, type HeaderList } from '../headers.ts';
import type { StoredResponse } from '../stores/store.ts';
import { parseHttpDate } from './http-date.ts';
import type { HeadersLike } from './vary.ts';

/** Matches the entity tags of a list. A member that is not an entity tag matches nothing (RFC 9110 §8.8.3). */
const ENTITY_TAGS = /(?:^|,)[ \t]*(?:W\/)?("[^"]*")(?=[ \t]*(?:,|$))/g;
const ENTITY_TAG = /^(?:W\/)?"[^"]*"$/;

/** Headers that a 304 omits, because they describe the body, which a 304 does not have (RFC 9110 §15.4.5). */
const REPRESENTATION_HEADERS = /^content-(?:encoding|language|length|range|type)$/;

/** The parts of a response that conditions are evaluated with. */
type Validators = Pick<StoredResponse, 'headers' | 'etag' | 'lastModified'>;

/**
 * Returns whether the client already has the stored response (RFC 9110 §13.2.2). If-None-Match overrides If-Modified-Since.
 *
 * @param now milliseconds since 1970, for two-digit years.
 */
export function isNotModified(stored: Validators, request: HeadersLike, now: number): boolean {
  const tags = request.get('if-none-match') ?? null;
  if (tags !== null) return tags.trim() === '*' || includesEntityTag(tags, stored.etag);
  const since = request.get('if-modified-since') ?? null;
  if (since === null) return false;
  // Date replaces a missing Last-Modified (RFC 9111 §4.3.2).
  const changed = stored.lastModified ?? getHeader(stored.headers, 'date') ?? '';
  return parseHttpDate(changed, now) <= parseHttpDate(since, now);
}

/** Compares entity tags weakly (RFC 9110 §8.8.3.2): the prefix `W/` is ignored. */
function includesEntityTag(tags: string, etag: string | null): boolean {
  if (etag === null || !ENTITY_TAG.test(etag)) return false;
  if (tags === etag) return true;
  const opaque = toOpaqueTag(etag);
  for (const [, tag] of tags.matchAll(ENTITY_TAGS)) if (tag === opaque) return true;
  return false;
}

/** Returns the headers of a 304 for a stored response. Last-Modified is omitted if the response has an ETag. */
export function notModifiedHeaders(stored: Validators): HeaderList {
  return stored.headers.filter(
    ([name]) => !REPRESENTATION_HEADERS.test(name) && (name !== 'last-modified' || stored.etag === null),
  );
}

/** Returns whether a stored response can be validated (RFC 9111 §4.3.1). Errors are never validated. */
export function hasValidator(stored: StoredResponse): boolean {
  return stored.status === 200 && (stored.etag !== null || stored.lastModified !== null);
}

/** Sets the headers of a request that validates a stored response (RFC 9111 §4.3.1). */
export function setConditionalHeaders(headers: Headers, stored: StoredResponse): void {
  if (stored.etag !== null) headers.set('if-none-match', stored.etag);
  if (stored.lastModified !== null) headers.set('if-modified-since', stored.lastModified);
}

/** Returns whether a 304 validates the stored response (RFC 9111 §4.3.4). A 304 with another ETag does not. */
export function validatesStored(notModified: Headers, stored: StoredResponse): boolean {
  const etag = notModified.get('etag');
  return etag === null || stored.etag === null || toOpaqueTag(etag) === toOpaqueTag(stored.etag);
}

function toOpaqueTag(etag: string): string {
  return etag.replace(/^W\//, '');
}
