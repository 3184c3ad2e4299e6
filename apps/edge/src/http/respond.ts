import type { CachedResponse, HeaderList, HeadersLike } from '@room-recordings/http-cache';
import { NO_STORE } from '../recordings/cache-control.ts';
import { decodeOriginError } from '../recordings/origin.ts';
import { isPreflight, preflightHeaders } from './cors.ts';
import { PROBLEM_TYPES, type ErrorCode } from './error-codes.ts';
import type { HttpRequest, HttpResponse } from './types.ts';

/** One request, and what every answer to it shares. */
export interface RequestContext {
  readonly asked: HttpRequest;
  readonly requestId: string;
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Fields of every answer (manner.ts). */
  readonly common: HeaderList;
}

/** What a refusal says beside its code. */
export interface ProblemOptions {
  readonly detail?: string | undefined;
  /** Fields of its own; those that it names replace the usual ones. */
  readonly fields?: HeaderList;
}

/** The methods that a resource answers. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** What a failure that went through the cache keeps of what the cache says of it. */
const KEPT_OF_FAILURE = new Set(['age', 'cache-control', 'cache-status', 'date', 'retry-after']);

/** Sends what came out of the cache: a recording, or why there is none. */
export function respondToRecording(exchange: RequestContext, answer: CachedResponse): HttpResponse {
  if (answer.status !== 200) {
    const { error, detail } = decodeOriginError(answer);
    return problemResponse(exchange, error, {
      detail,
      fields: answer.headers.filter(([name]) => KEPT_OF_FAILURE.has(name)),
    });
  }
  const { asked, requestId, common } = exchange;
  return (
    respondFromCache(asked, requestId, common, answer) ?? problemResponse(exchange, 'precondition_failed')
  );
}

/** Sends a problem document. */
export function problemResponse(
  exchange: RequestContext,
  error: ErrorCode,
  { detail = PROBLEM_TYPES[error].help, fields = [] }: ProblemOptions = {},
): HttpResponse {
  const text = serializeProblem({ error, detail, requestId: exchange.requestId }, exchange.publicUrl);
  const own: HeaderList = [['content-type', 'application/problem+json'], ...fields];
  return { ...finish(exchange, PROBLEM_TYPES[error].status, text, own), error };
}

/** Sends something of the edge's own. */
export function textResponse(
  exchange: RequestContext,
  type: string,
  text: string,
  cacheControl: string,
): HttpResponse {
  return finish(exchange, 200, text, [
    ['content-type', type],
    ['cache-control', cacheControl],
  ]);
}

/** Answers OPTIONS: a preflight of a foreign origin is refused, and no token is asked for. */
export function optionsResponse(exchange: RequestContext): HttpResponse {
  const allow: HeaderList = [['allow', ALLOWED_METHODS]];
  if (!isPreflight(exchange.asked.headers)) return finish(exchange, 204, null, allow);
  const preflight = preflightHeaders(exchange.common);
  if (preflight === undefined) return finish(exchange, 403, null, allow);
  return finish(exchange, 204, null, [...allow, ...preflight]);
}

/** The headers that every answer has; HEAD gets the same ones and no body. */
function finish(
  exchange: RequestContext,
  status: number,
  text: string | null,
  own: HeaderList,
): HttpResponse {
  const { asked, requestId, now, common } = exchange;
  // A copy, since not every runtime's types say that the encoder's memory is nobody else's.
  const body = text === null ? null : new Uint8Array(new TextEncoder().encode(text));
  const usual: HeaderList = [
    ['cache-control', NO_STORE],
    ['date', new Date(now).toUTCString()],
  ];
  const headers: HttpResponse['headers'] = [
    ...usual.filter(([name]) => own.every(([other]) => other !== name)),
    ...own,
    ...common,
    ['x-request-id', requestId],
  ];
  // Said here, because for HEAD nobody else knows it.
  if (body !== null) headers.push(['content-length', String(body.byteLength)]);
  return { status, headers, body: asked.method === 'HEAD' ? null : body };
}

/** Fields about a body, which a 304 does not bring. */
const ABOUT_BODY = /^content-(?:type|length)$/;

/**
 * Sends a recording that the cache gave; undefined where a condition of the request has failed.
 *
 * With the look-up before it this is all that a hit does, and it sets the speed of the edge. Do not add parsing, hashing,
 * a regular expression, JSON, a clock or an object: what is the same for every reader belongs into the stored answer
 * (sealed.ts), what is the same for every answer into `common` (manner.ts), and what is rare behind a rare header.
 */
export function respondFromCache(
  asked: HttpRequest,
  requestId: string,
  common: HeaderList,
  { headers, body }: CachedResponse,
): HttpResponse | undefined {
  // The list was made for this request alone; the pairs in it are shared.
  for (const field of common) headers.push(field);
  headers.push(['x-request-id', requestId]);
  if (asked.headers.get('if-none-match') || asked.headers.get('if-match')) {
    const etag = headers.find(([name]) => name === 'etag')?.[1] ?? '';
    const precondition = evaluatePreconditions(asked.headers, etag);
    if (precondition === 'failed') return undefined;
    if (precondition === 'not-modified') {
      return { status: 304, headers: headers.filter(([name]) => !ABOUT_BODY.test(name)), body: null };
    }
  }
  return { status: 200, headers, body: asked.method === 'HEAD' ? null : body };
}

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

/** What is particular to one problem. */
export interface ProblemDetails {
  readonly error: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
}

/**
 * A problem document that Twilio's SDKs read too: `code`, `message` and `more_info` are theirs.
 *
 * There is no `title`, which RFC 9457 does not require: `type`, `title`, `status` and `code` together make twilio-node since 5.13 throw a
 * `TwilioServiceException`, which has no `moreInfo`, instead of its `RestException`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457#section-3
 */
export function serializeProblem({ error, detail, requestId }: ProblemDetails, publicUrl: string): string {
  const { status, twilio } = PROBLEM_TYPES[error];
  const type = `${publicUrl}/errors#${error}`;
  return JSON.stringify({
    type,
    status,
    detail,
    error,
    code: twilio,
    message: detail,
    more_info: type,
    request_id: requestId,
  });
}
