import type { HeadersLike } from '@room-recordings/http-cache';

/** What a request's conditions ask for, where the recording exists. */
export type PreconditionResult = 'send' | 'not-modified' | 'failed';

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"$/;

/**
 * Judges If-Match and If-None-Match against a weak ETag. There is no Last-Modified, so dates are not conditions here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function evaluatePreconditions(headers: HeadersLike, etag: string): PreconditionResult {
  const ifMatch = headers.get('if-match') ?? undefined;
  // A weak ETag never matches strongly, so only `*` holds.
  if (ifMatch !== undefined && ifMatch.trim() !== '*') return 'failed';
  const ifNoneMatch = headers.get('if-none-match') ?? undefined;
  return ifNoneMatch !== undefined && names(ifNoneMatch, etag) ? 'not-modified' : 'send';
}

/** Weak comparison with each member of the list; what is no entity tag matches nothing. */
function names(list: string, etag: string): boolean {
  if (list === etag || list.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return list
    .split(',')
    .map((member) => member.trim())
    .some((member) => ENTITY_TAG.test(member) && member.replace(/^W\//, '') === opaque);
}
