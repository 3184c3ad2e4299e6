import { buildCachedResponse, type CacheRequest, type CachedResponse } from './answer.ts';
import { currentAge } from './age.ts';
import { appendCacheStatus, formatCacheStatus, type CacheStatusParams } from './cache-status.ts';
import { cancelBody } from './body.ts';
import type { StoredResponse } from './entry.ts';
import { getHeader, omitHeaders } from './headers.ts';
import type { FetchResult } from './fetch-and-store.ts';

/** What an answer is made with besides what is stored. */
export interface ResponseOptions {
  /** This cache's name in Cache-Status, serialised. */
  readonly name: string;
  readonly now: () => number;
}

/** Answers from the store, fresh or not, without a request upstream: Cache-Status says `hit` and what is left of it. */
export function hitResponse(
  { name }: ResponseOptions,
  stored: StoredResponse,
  age: number,
  asked: CacheRequest,
  now: number,
  detail?: string,
): CachedResponse {
  const ttl = Math.floor(stored.lifetime - age);
  return buildCachedResponse(stored, asked, age, formatCacheStatus(name, { ttl, detail }), now);
}

/** Answers with what is stored, after the request went on or waited for one that did. */
export function fetchedResponse(
  { name, now }: ResponseOptions,
  stored: StoredResponse,
  asked: CacheRequest,
  handling: CacheStatusParams,
): CachedResponse {
  const moment = now();
  const age = currentAge(stored, moment);
  // Age says that the origin was not asked for this: it is left out of what has just come from there.
  const isJustMade = age < 1 && !handling.collapsed;
  return buildCachedResponse(
    stored,
    asked,
    isJustMade ? undefined : age,
    formatCacheStatus(name, handling),
    moment,
  );
}

/** Passes on an answer that is for the one who asked alone, its body as it comes. */
export function uncachedResponse(
  { name }: ResponseOptions,
  { status, statusText, fields, body }: Extract<FetchResult, { kind: 'passed' }>,
  method: string,
  handling: CacheStatusParams,
): Response {
  const member = appendCacheStatus(
    getHeader(fields, 'cache-status') ?? '',
    formatCacheStatus(name, handling),
  );
  const headers: [string, string][] = [...omitHeaders(fields, ['cache-status']), ['cache-status', member]];
  if (method === 'HEAD') cancelBody(body);
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
export function toResponse({ status, headers, body }: CachedResponse): Response {
  return new Response(body, { status, headers });
}
