import { cancelBody } from './body.ts';
import type { FetchResult } from './fetch-and-store.ts';
import { getHeader, omitHeaders, type HeaderList } from './headers.ts';
import { currentAge } from './policy/freshness.ts';
import { parseRange, formatContentRange } from './policy/range.ts';
import { isNotModified, notModifiedHeaders } from './policy/validation.ts';
import type { HeadersLike } from './policy/vary.ts';
import type { StoredResponse, Bytes } from './stores/store.ts';

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

/** An answer as plain data: what a Response, or a server's own way to write one, is made of. */
export interface CachedResponse {
  readonly status: number;
  /** Names in lower case, in order; Set-Cookie may be there more than once. */
  readonly headers: [name: string, value: string][];
  /** Null for HEAD and for statuses without one. Shared with the store: not to be written to. */
  readonly body: Bytes | null;
}

/** What of a request decides how it is answered from the store. */
export interface CacheRequest {
  readonly method: string;
  readonly headers: HeadersLike;
}

/**
 * Answers a request with a stored answer (RFC 9111 §4, §4.3.2): whole, as a 304 or as a part of it. `age` is seconds
 * and undefined where the answer has just come from the origin, `member` what Cache-Status is to say, `now` milliseconds.
 */
function buildCachedResponse(
  stored: StoredResponse,
  asked: CacheRequest,
  age: number | undefined,
  member: string,
  now: number,
): CachedResponse {
  if (stored.status === 200) {
    if (isNotModified(stored, asked.headers, now)) {
      return {
        status: 304,
        headers: complete(notModifiedHeaders(stored), stored, age, member),
        body: null,
      };
    }
    const range = asked.method === 'GET' ? parseRange(stored, asked.headers) : undefined;
    if (range !== undefined && stored.body !== null) {
      const fields: HeaderList = [
        ...omitHeaders(stored.headers, ['content-length', 'content-range']),
        ['content-range', formatContentRange(range, stored.body.byteLength)],
      ];
      const isPart = range !== 'unsatisfiable';
      return {
        status: isPart ? 206 : 416,
        headers: complete(fields, stored, age, member),
        body: isPart ? stored.body.subarray(range[0], range[1] + 1) : null,
      };
    }
  }
  const body = asked.method === 'HEAD' ? null : stored.body;
  return { status: stored.status, headers: complete(stored.headers, stored, age, member), body };
}

/** Date stays as it came; Age is of this moment, and replaces the stored one (RFC 9111 §5.1). */
function complete(
  fields: HeaderList,
  stored: StoredResponse,
  age: number | undefined,
  member: string,
): CachedResponse['headers'] {
  const headers = fields.slice();
  if (age !== undefined) headers.push(['age', String(Math.floor(age))]);
  headers.push(['cache-status', appendCacheStatus(stored.cacheStatus, member)]);
  return headers;
}

/** What Cache-Status says of one answer (RFC 9211 §2): a hit, or that the request went on and why. */
export interface CacheStatusParams {
  /** Seconds of freshness left, negative when stale; with a hit alone. */
  readonly ttl?: number;
  /** Why the request went on (RFC 9211 §2.2). */
  readonly fwd?: 'uri-miss' | 'vary-miss' | 'stale' | 'method' | 'partial';
  readonly fwdStatus?: number | undefined;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  readonly detail?: string | undefined;
}

const TOKEN = /^[A-Za-z*][!#$%&'*+\-.^_\x60|~0-9A-Za-z:/]*$/;

/** Writes this cache's member of the list (RFC 9211 §2); `name` has to be serialised already. */
function formatCacheStatus(name: string, handling: CacheStatusParams): string {
  const { fwd, ttl, fwdStatus, stored, collapsed, detail } = handling;
  let member = fwd === undefined ? `${name}; hit` : `${name}; fwd=${fwd}`;
  if (ttl !== undefined) member += `; ttl=${ttl}`;
  if (fwdStatus !== undefined) member += `; fwd-status=${fwdStatus}`;
  if (stored) member += '; stored';
  if (collapsed) member += '; collapsed';
  if (detail !== undefined) member += `; detail=${serializeItem(detail)}`;
  return member;
}

/** A token where it is one, else a string of RFC 8941 §3.3.3, without what a string cannot hold. */
export function serializeItem(text: string): string {
  if (TOKEN.test(text)) return text;
  return `"${text.replaceAll(/[^ -~]/g, '').replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Puts this cache's member behind those of the caches that the answer came through (RFC 9211 §2). */
function appendCacheStatus(upstream: string, member: string): string {
  return upstream === '' ? member : `${upstream}, ${member}`;
}
