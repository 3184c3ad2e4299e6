import type { CachedAnswer, Fields } from '@room-recordings/http-cache';
import type { Asked } from './asked.ts';
import { isPreflight, preflightFields } from './cors.ts';
import { ERROR_KINDS, type ErrorCode } from './error-codes.ts';
import { NO_STORE } from './freshness.ts';
import { sendHit } from './hit.ts';
import { problemDocument } from './problem.ts';
import type { Reply } from './reply.ts';
import { openFailure } from './sealed.ts';

/** One request, and what every answer to it shares. */
export interface Exchange {
  readonly asked: Asked;
  readonly requestId: string;
  readonly publicUrl: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Fields of every answer (manner.ts). */
  readonly common: Fields;
}

/** What a refusal says beside its code. */
export interface Refusal {
  readonly detail?: string | undefined;
  /** Fields of its own; those that it names replace the usual ones. */
  readonly fields?: Fields;
}

/** The methods that a resource answers. */
export const ALLOWED_METHODS = 'GET, HEAD, OPTIONS';

/** What a failure that went through the cache keeps of what the cache says of it. */
const KEPT_OF_FAILURE = new Set(['age', 'cache-control', 'cache-status', 'date', 'retry-after']);

/** Sends what came out of the cache: a recording, or why there is none. */
export function respond(exchange: Exchange, answer: CachedAnswer): Reply {
  if (answer.status !== 200) {
    const { error, detail } = openFailure(answer);
    return refuse(exchange, error, {
      detail,
      fields: answer.headers.filter(([name]) => KEPT_OF_FAILURE.has(name)),
    });
  }
  const { asked, requestId, common } = exchange;
  return sendHit(asked, requestId, common, answer) ?? refuse(exchange, 'precondition_failed');
}

/** Sends a problem document. */
export function refuse(
  exchange: Exchange,
  error: ErrorCode,
  { detail = ERROR_KINDS[error].help, fields = [] }: Refusal = {},
): Reply {
  const text = problemDocument({ error, detail, requestId: exchange.requestId }, exchange.publicUrl);
  const own: Fields = [['content-type', 'application/problem+json'], ...fields];
  return { ...finish(exchange, ERROR_KINDS[error].status, text, own), error };
}

/** Sends something of the edge's own. */
export function send(exchange: Exchange, type: string, text: string, cacheControl: string): Reply {
  return finish(exchange, 200, text, [
    ['content-type', type],
    ['cache-control', cacheControl],
  ]);
}

/** Answers OPTIONS: a preflight of a foreign origin is refused, and no token is asked for. */
export function respondToOptions(exchange: Exchange): Reply {
  const allow: Fields = [['allow', ALLOWED_METHODS]];
  if (!isPreflight(exchange.asked.headers)) return finish(exchange, 204, null, allow);
  const preflight = preflightFields(exchange.common);
  if (preflight === undefined) return finish(exchange, 403, null, allow);
  return finish(exchange, 204, null, [...allow, ...preflight]);
}

/** The headers that every answer has; HEAD gets the same ones and no body. */
function finish(exchange: Exchange, status: number, text: string | null, own: Fields): Reply {
  const { asked, requestId, now, common } = exchange;
  // A copy, since not every runtime's types say that the encoder's memory is nobody else's.
  const body = text === null ? null : new Uint8Array(new TextEncoder().encode(text));
  const usual: Fields = [
    ['cache-control', NO_STORE],
    ['date', new Date(now).toUTCString()],
  ];
  const headers: Reply['headers'] = [
    ...usual.filter(([name]) => own.every(([other]) => other !== name)),
    ...own,
    ...common,
    ['x-request-id', requestId],
  ];
  // Said here, because for HEAD nobody else knows it.
  if (body !== null) headers.push(['content-length', String(body.byteLength)]);
  return { status, headers, body: asked.method === 'HEAD' ? null : body };
}
