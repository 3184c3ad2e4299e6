import { answerWith, type Asked, type CachedAnswer } from './answer.ts';
import { computeAge } from './age.ts';
import { appendMember, writeMember, type Handling } from './cache-status.ts';
import { release } from './body.ts';
import type { StoredAnswer } from './entry.ts';
import { findField, omitFields } from './fields.ts';
import type { Outcome } from './forward.ts';

/** What an answer is made with besides what is stored. */
export interface Respondent {
  /** This cache's name in Cache-Status, serialised. */
  readonly name: string;
  readonly now: () => number;
}

/** Answers from the store, fresh or not, without a request upstream: Cache-Status says `hit` and what is left of it. */
export function answerHit(
  { name }: Respondent,
  stored: StoredAnswer,
  age: number,
  asked: Asked,
  now: number,
  detail?: string,
): CachedAnswer {
  const ttl = Math.floor(stored.lifetime - age);
  return answerWith(stored, asked, age, writeMember(name, { ttl, detail }), now);
}

/** Answers with what is stored, after the request went on or waited for one that did. */
export function answerForwarded(
  { name, now }: Respondent,
  stored: StoredAnswer,
  asked: Asked,
  handling: Handling,
): CachedAnswer {
  const moment = now();
  const age = computeAge(stored, moment);
  // Age says that the origin was not asked for this: it is left out of what has just come from there.
  const isJustMade = age < 1 && !handling.collapsed;
  return answerWith(stored, asked, isJustMade ? undefined : age, writeMember(name, handling), moment);
}

/** Passes on an answer that is for the one who asked alone, its body as it comes. */
export function passOn(
  { name }: Respondent,
  { status, statusText, fields, body }: Extract<Outcome, { kind: 'passed' }>,
  method: string,
  handling: Handling,
): Response {
  const member = appendMember(findField(fields, 'cache-status') ?? '', writeMember(name, handling));
  const headers: [string, string][] = [...omitFields(fields, ['cache-status']), ['cache-status', member]];
  if (method === 'HEAD') release(body);
  // Workers would code a body for the Content-Encoding that it already has; other runtimes do not know `encodeBody`.
  const init: ResponseInit & { readonly encodeBody: 'manual' } = {
    status,
    statusText,
    headers,
    encodeBody: 'manual',
  };
  return new Response(method === 'HEAD' ? null : body, init);
}

/** Makes a Response of plain data. */
export function toResponse({ status, headers, body }: CachedAnswer): Response {
  return new Response(body, { status, headers });
}
