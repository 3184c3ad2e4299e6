import type { CachedResponse, HeaderList } from '@room-recordings/http-cache';
import type { HttpRequest } from './types.ts';
import { isPreflight, preflightHeaders } from './cors.ts';
import { PROBLEM_TYPES, type ErrorCode } from './error-codes.ts';
import { NO_STORE } from '../recordings/cache-control.ts';
import { respondFromCache } from '../hit.ts';
import { serializeProblem } from '../problem.ts';
import type { HttpResponse } from '../reply.ts';
import { decodeOriginError } from '../sealed.ts';

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
