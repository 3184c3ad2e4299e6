import type { CachedResponse, HeaderList } from '@room-recordings/http-cache';
import { isPreflight, preflightHeaders } from './cors.ts';
import { PROBLEM_TYPES, type ErrorCode } from './error-codes.ts';
import type { BodyReader, HttpRequest, HttpResponse, RequestContext } from './types.ts';

/** The members of a problem response that differ from those of its error code. */
export interface ProblemOptions {
  /** Default: the help text of the error code. */
  readonly detail?: string | undefined;
  /** Headers that replace the default ones of the same name. */
  readonly headers?: HeaderList | undefined;
  /** The client, for the log. */
  readonly client?: string | undefined;
}

/** The Cache-Control of a response that no cache may store. */
export const NO_STORE = 'no-store';

/** The methods of every resource, for Allow. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** Returns whether a method is safe and has a representation: GET or HEAD. */
export function isRead({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Completes a response of the cache, which is for any client, with the headers of this request.
 *
 * Hot path: runs on every cache hit. Do not add parsing, hashing, regular expressions, JSON, clock reads or allocations. Put work per
 * recording into the stored response (recordings/origin.ts) and work per deployment into `commonHeaders` (response-headers.ts).
 */
export function respondFromCache(
  { commonHeaders, requestId }: RequestContext,
  cached: CachedResponse,
): HttpResponse {
  // The cache made this list for this request alone.
  for (const header of commonHeaders) cached.headers.push(header);
  cached.headers.push(['x-request-id', requestId]);
  return cached;
}

/** Creates a problem response (RFC 9457). */
export function problemResponse(
  context: RequestContext,
  code: ErrorCode,
  { detail = PROBLEM_TYPES[code].help, headers = [], client }: ProblemOptions = {},
): HttpResponse {
  const text = serializeProblem(code, detail, context);
  const response = buildResponse(context, PROBLEM_TYPES[code].status, text, [
    ['content-type', 'application/problem+json'],
    ...headers,
  ]);
  return client === undefined ? { ...response, code } : { ...response, code, client };
}

/** Creates a 200 response with a text of the edge's own. */
export function textResponse(
  context: RequestContext,
  contentType: string,
  text: string,
  cacheControl: string,
  headers: HeaderList = [],
): HttpResponse {
  return buildResponse(context, 200, text, [
    ['content-type', contentType],
    ['cache-control', cacheControl],
    ...headers,
  ]);
}

/** Responds to OPTIONS: 204, or 403 for a preflight of an origin that is not allowed. No credential is required. */
export function optionsResponse(context: RequestContext): HttpResponse {
  const allow: HeaderList = [['allow', ALLOWED_METHODS]];
  if (!isPreflight(context.request.headers)) return buildResponse(context, 204, null, allow);
  const preflight = preflightHeaders(context.commonHeaders);
  if (preflight === undefined) return buildResponse(context, 403, null, allow);
  return buildResponse(context, 204, null, [...allow, ...preflight]);
}

/**
 * Serializes a problem document. Twilio's SDKs read `code`, `message` and `more_info`.
 *
 * There is no `title`, which RFC 9457 does not require: `type`, `title`, `status` and `code` together make twilio-node since 5.13 throw a
 * `TwilioServiceException`, which has no `moreInfo`, instead of its `RestException`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457#section-3
 */
export function serializeProblem(
  error: ErrorCode,
  detail: string,
  context: Pick<RequestContext, 'publicUrl' | 'requestId'>,
): string {
  const { status, twilio } = PROBLEM_TYPES[error];
  const type = `${context.publicUrl}/errors#${error}`;
  return JSON.stringify({
    type,
    status,
    detail,
    error,
    code: twilio,
    message: detail,
    more_info: type,
    request_id: context.requestId,
  });
}

/**
 * Creates a response whose headers are complete.
 *
 * @param reader the body, which is sent while it is read; undefined for HEAD and for a response without a body.
 */
export function streamResponse(
  context: RequestContext,
  status: number,
  headers: HeaderList,
  reader?: BodyReader,
): HttpResponse {
  const response = { status, headers: completeHeaders(context, headers), body: null };
  return reader === undefined ? response : { ...response, reader };
}

/** Builds a response with the headers of every response. HEAD gets the headers of GET and no body. */
export function buildResponse(
  context: RequestContext,
  status: number,
  text: string | null,
  headers: HeaderList,
): HttpResponse {
  // A copy, because the types of some runtimes do not say that the encoder's memory is its own.
  const body = text === null ? null : new Uint8Array(new TextEncoder().encode(text));
  const all = completeHeaders(context, headers);
  // Set here, because no server knows it for HEAD.
  if (body !== null) all.push(['content-length', String(body.byteLength)]);
  return { status, headers: all, body: context.request.method === 'HEAD' ? null : body };
}

/** Adds the headers of every response. A header of the response replaces the common one of the same name. */
function completeHeaders(
  { requestId, startedAt, commonHeaders }: RequestContext,
  headers: HeaderList,
): HttpResponse['headers'] {
  const defaults: HeaderList = [
    ['cache-control', NO_STORE],
    ['date', new Date(startedAt).toUTCString()],
  ];
  const isOther = ([name]: HeaderList[number]) => headers.every(([other]) => other !== name);
  return [
    ...defaults.filter(isOther),
    ...headers,
    ...commonHeaders.filter(isOther),
    ['x-request-id', requestId],
  ];
}
