/** What a request's conditions ask for, where the recording exists. */
export type Precondition = 'send' | 'not-modified' | 'failed';

const ENTITY_TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\uffff]*"$/;

/**
 * Judges If-Match and If-None-Match against a weak ETag. There is no Last-Modified, so dates are not conditions here.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2
 */
export function judge(headers: Headers, etag: string): Precondition {
  const ifMatch = headers.get('If-Match');
  // A weak ETag never matches strongly, so only `*` holds.
  if (ifMatch !== null && ifMatch.trim() !== '*') return 'failed';
  const ifNoneMatch = headers.get('If-None-Match');
  return ifNoneMatch !== null && names(ifNoneMatch, etag) ? 'not-modified' : 'send';
}

/** Weak comparison with each member of the list; what is no entity tag matches nothing. */
function names(list: string, etag: string): boolean {
  if (list.trim() === '*') return true;
  const opaque = etag.replace(/^W\//, '');
  return list
    .split(',')
    .map((member) => member.trim())
    .some((member) => ENTITY_TAG.test(member) && member.replace(/^W\//, '') === opaque);
}
