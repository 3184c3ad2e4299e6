import type { Answer } from './answer.ts';
import { isPreflight, stampCors, stampPreflight, type AllowedOrigins } from './cors.ts';
import { ERROR_KINDS, type ErrorCode } from './error-codes.ts';
import { NO_STORE } from './freshness.ts';
import { judge } from './precondition.ts';
import { problemDocument } from './problem.ts';

/** What every response to one request shares. */
export interface Exchange {
  readonly request: Request;
  readonly requestId: string;
  readonly publicUrl: string;
  readonly allowedOrigins: AllowedOrigins;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** A response, and the error code that the log names. */
export interface Responded {
  readonly response: Response;
  readonly error: ErrorCode | undefined;
}

/** The methods that a resource answers. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** Sends a recording, or why there is none. */
export function respond(exchange: Exchange, answer: Answer): Responded {
  if (!('body' in answer)) {
    const headers: Record<string, string> = { 'Cache-Control': answer.cacheControl };
    if (answer.retryAfter !== undefined) headers['Retry-After'] = String(answer.retryAfter);
    return refuse(exchange, answer.error, answer.detail, headers);
  }
  const precondition = judge(exchange.request.headers, answer.etag);
  if (precondition === 'failed') return refuse(exchange, 'precondition_failed');
  const validator = { 'Cache-Control': answer.cacheControl, ETag: answer.etag };
  if (precondition === 'not-modified') return succeed(finish(exchange, 304, null, validator));
  return succeed(finish(exchange, 200, answer.body, { ...validator, 'Content-Type': 'application/json' }));
}

/** Sends a problem document. */
export function refuse(
  exchange: Exchange,
  error: ErrorCode,
  detail: string = ERROR_KINDS[error].help,
  headers: Readonly<Record<string, string>> = {},
): Responded {
  const body = problemDocument({ error, detail, requestId: exchange.requestId }, exchange.publicUrl);
  const response = finish(exchange, ERROR_KINDS[error].status, body, {
    'Cache-Control': NO_STORE,
    'Content-Type': 'application/problem+json',
    ...headers,
  });
  return { response, error };
}

/** Sends something of the edge's own. */
export function send(exchange: Exchange, type: string, body: string, cacheControl: string): Responded {
  return succeed(finish(exchange, 200, body, { 'Content-Type': type, 'Cache-Control': cacheControl }));
}

/** Answers OPTIONS: a preflight of a foreign origin is refused, and no token is asked for. */
export function respondToOptions(exchange: Exchange): Responded {
  const headers = { Allow: ALLOWED_METHODS, 'Cache-Control': NO_STORE };
  if (!isPreflight(exchange.request)) return succeed(finish(exchange, 204, null, headers));
  const response = finish(exchange, 204, null, headers);
  if (!response.headers.has('Access-Control-Allow-Origin')) {
    return succeed(finish(exchange, 403, null, headers));
  }
  stampPreflight(response.headers);
  return succeed(response);
}

function succeed(response: Response): Responded {
  return { response, error: undefined };
}

/** The headers that every response has; HEAD gets the same ones and no body. */
function finish(
  { request, requestId, allowedOrigins, now }: Exchange,
  status: number,
  body: string | null,
  own: Readonly<Record<string, string>>,
): Response {
  const headers = new Headers(own);
  headers.set('Date', new Date(now).toUTCString());
  headers.set('X-Content-Type-Options', 'nosniff');
  headers.set('X-Request-Id', requestId);
  stampCors(headers, request.headers.get('Origin'), allowedOrigins);
  if (request.method !== 'HEAD' || body === null) return new Response(body, { status, headers });
  // Said here, because Bun would say 0.
  headers.set('Content-Length', String(new TextEncoder().encode(body).byteLength));
  return new Response(null, { status, headers });
}
