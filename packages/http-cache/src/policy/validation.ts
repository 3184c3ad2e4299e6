import { getHeader, type HeaderList } from '../headers.ts';
import type { StoredResponse } from '../stores/store.ts';
import { parseHttpDate } from './http-date.ts';
import type { HeadersLike } from './vary.ts';

/** Members of a list of entity tags; a member that is none matches nothing (RFC 9110 §8.8.3). */
const TAG = /(?:^|,)[ \t]*(?:W\/)?("[^"]*")(?=[ \t]*(?:,|$))/g;
const WELL_FORMED_TAG = /^(?:W\/)?"[^"]*"$/;

/** What a 304 leaves out: it says nothing about a body that it does not bring (RFC 9110 §15.4.5). */
const REPRESENTATION = /^content-(?:encoding|language|length|range|type)$/;

/** Whether the client holds what is stored (RFC 9110 §13.2.2): If-None-Match decides alone where it is there. */
export function isNotModified(stored: StoredResponse, request: HeadersLike, now: number): boolean {
  const tags = request.get('if-none-match') ?? null;
  if (tags !== null) return tags.trim() === '*' || hasTag(tags, stored.etag);
  const since = request.get('if-modified-since') ?? null;
  if (since === null) return false;
  // Without Last-Modified it is as new as its Date (RFC 9111 §4.3.2).
  const changed = stored.lastModified ?? getHeader(stored.headers, 'date') ?? '';
  return parseHttpDate(changed, now) <= parseHttpDate(since, now);
}

/** Compares weakly (RFC 9110 §8.8.3.2): what comes before the opaque tag makes no difference. */
function hasTag(tags: string, etag: string | null): boolean {
  if (etag === null || !WELL_FORMED_TAG.test(etag)) return false;
  if (tags === etag) return true;
  const opaque = readOpaque(etag);
  for (const [, tag] of tags.matchAll(TAG)) if (tag === opaque) return true;
  return false;
}

/** The header fields of a 304 made of a stored answer: without Last-Modified where an ETag says more. */
export function notModifiedHeaders(stored: StoredResponse): HeaderList {
  return stored.headers.filter(
    ([name]) => !REPRESENTATION.test(name) && (name !== 'last-modified' || stored.etag === null),
  );
}

/** Whether there is something to ask the origin with (RFC 9111 §4.3.1); of errors it is never asked. */
export function hasValidator(stored: StoredResponse): boolean {
  return stored.status === 200 && (stored.etag !== null || stored.lastModified !== null);
}

/** Asks whether a stored answer still holds (RFC 9111 §4.3.1). */
export function setConditionalHeaders(headers: Headers, stored: StoredResponse): void {
  if (stored.etag !== null) headers.set('if-none-match', stored.etag);
  if (stored.lastModified !== null) headers.set('if-modified-since', stored.lastModified);
}

/** Whether a 304 is about the stored answer (RFC 9111 §4.3.4): one that names another ETag is not. */
export function validatesStored(notModified: Headers, stored: StoredResponse): boolean {
  const etag = notModified.get('etag');
  return etag === null || stored.etag === null || readOpaque(etag) === readOpaque(stored.etag);
}

function readOpaque(etag: string): string {
  return etag.replace(/^W\//, '');
}
