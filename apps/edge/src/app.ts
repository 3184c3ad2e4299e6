import type { Sleep, HttpCache } from '@room-recordings/http-cache';
import type { AccessDecision, Authorize } from './auth/authorizer.ts';
import { type Config, VERSION } from './config/config.ts';
import type { ClientIdentifier, GetRemoteAddress } from './http/client-address.ts';
import type { PendingRequestLimiter } from './http/pending-request-limiter.ts';
import type { RequestRateLimiter, RetryAfterSeconds } from './http/rate-limit.ts';
import {
  respondFromCache,
  ALLOWED_METHODS,
  problemResponse,
  optionsResponse,
  textResponse,
  type RequestContext,
} from './http/respond.ts';
import { createResponseHeaders } from './http/response-headers.ts';
import type { HttpRequest, IncomingRequest, HttpResponse } from './http/types.ts';
import { type Logger, internalErrorEvent, requestEvent } from './logging.ts';
import { NO_STORE } from './recordings/cache-control.ts';
import type { ReadContext } from './recordings/origin.ts';
import { ERRORS_PAGE_HTML } from './routes/errors-page.ts';
import type { Readiness } from './routes/health.ts';
import { handleRecording } from './routes/recording-route.ts';
import { createRouter, type BuildCacheKey, type RouteMatch, type RecordingTarget } from './routes/router.ts';

/** What is read with: how often, who may, and the cache with the source behind it. */
interface ReadServices {
  /** Undefined where nobody is limited. */
  readonly limit: RequestRateLimiter | undefined;
  readonly gate: Authorize;
  /** Names by its address who reads without a credential. */
  readonly callerOf: ClientIdentifier;
  readonly cache: HttpCache<ReadContext>;
  readonly waiting: PendingRequestLimiter;
  readonly sleep: Sleep;
  /** What `/readyz` responds. */
  readonly readiness: () => Readiness;
}

/** Everything that the app works with. */
export interface AppOptions {
  readonly settings: Config;
  /** Undefined where the settings leave something unsaid. */
  readonly reading: ReadServices | undefined;
  readonly keyOf: BuildCacheKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Logger;
  /** Whether the process ends after the requests that it has. */
  readonly isDraining: () => boolean;
}

/** Answers a request, at once where it can; what goes wrong is an answer too. */
export type RequestHandler = (
  incoming: IncomingRequest,
  peerAddress?: GetRemoteAddress,
) => HttpResponse | Promise<HttpResponse>;

const DRAINING = 'This process is stopping. Send the request to another instance.';

const ERRORS_PAGE_LIFETIME = 'public, max-age=3600';

/** The edge: a function from what is asked to a reply. It alone knows the order of the steps. */
export function createApp({ settings, reading, keyOf, now, log, isDraining }: AppOptions): RequestHandler {
  const nextRequestId = createRequestIds();
  const findPlace = createRouter(settings.publicUrl, keyOf);
  const manner = createResponseHeaders(settings, now);

  // A hit does this and nothing else: it stays short, as sendHit says; all else happens behind `answerSlowly`.
  return function app(incoming, peerAddress) {
    const asked: HttpRequest = incoming;
    const startedAt = now();
    const requestId = nextRequestId();
    const place = findPlace(incoming);
    const common = manner.commonFields(asked);
    const { target } = place;
    if (reading === undefined || target === undefined || !isRead(asked)) {
      const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
      return answerSlowly(exchange, place, () => decide(exchange, place));
    }
    const wait = reading.limit?.(asked, peerAddress);
    if (wait !== undefined) {
      const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
      return answerSlowly(exchange, place, () => readInTurn(exchange, reading, target, peerAddress, wait));
    }
    const decision = reading.gate(asked, target, startedAt, requestId, peerAddress);
    const mayRead = decision === undefined || 'credential' in decision;
    const found = mayRead ? reading.cache.lookup(target.key) : undefined;
    const hit = found?.status === 200 ? respondFromCache(asked, requestId, common, found) : undefined;
    if (hit !== undefined) {
      if (log.wants('info')) log.write(requestEvent(asked, place, requestId, hit, startedAt, now()));
      return manner.show(hit, startedAt);
    }
    const exchange = { asked, requestId, publicUrl: place.publicUrl, now: startedAt, common };
    return answerSlowly(exchange, place, () => read(exchange, reading, target, peerAddress, decision));
  };

  async function answerSlowly(
    exchange: RequestContext,
    place: RouteMatch,
    answer: () => HttpResponse | Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const { asked, requestId } = exchange;
    let reply: HttpResponse;
    try {
      reply = await answer();
    } catch (fault) {
      log.write(internalErrorEvent(requestId, exchange.now, fault));
      reply = problemResponse(exchange, 'internal');
    }
    log.write(requestEvent(asked, place, requestId, reply, exchange.now, now()));
    return manner.show(reply, exchange.now);
  }

  /** Everything but a read of a recording. */
  function decide(exchange: RequestContext, { route, fault }: RouteMatch): HttpResponse {
    if (fault !== undefined) return problemResponse(exchange, fault);
    if (route === undefined) return problemResponse(exchange, 'not_found');
    if (exchange.asked.method === 'OPTIONS') return optionsResponse(exchange);
    if (!isRead(exchange.asked)) {
      return problemResponse(exchange, 'method_not_allowed', { fields: [['allow', ALLOWED_METHODS]] });
    }
    if (route.name === 'healthz') return textResponse(exchange, 'application/json', health(), NO_STORE);
    if (route.name === 'readyz' && reading !== undefined) {
      if (isDraining())
        return problemResponse(exchange, 'overloaded', { detail: DRAINING, fields: [['retry-after', '1']] });
      return textResponse(exchange, 'application/json', JSON.stringify(reading.readiness()), NO_STORE);
    }
    if (route.name === 'errors') {
      return textResponse(exchange, 'text/html; charset=utf-8', ERRORS_PAGE_HTML, ERRORS_PAGE_LIFETIME);
    }
    if (route.name === 'recording' && route.id === undefined) return problemResponse(exchange, 'invalid_sid');
    return problemResponse(exchange, 'misconfigured', { detail: settings.misconfigured });
  }

  function health(): string {
    return JSON.stringify({
      status: settings.misconfigured === undefined ? 'ok' : 'misconfigured',
      version: VERSION,
      source: settings.source?.name ?? null,
    });
  }
}

/** Who asks too often is told so before access is decided, which costs more. */
async function readInTurn(
  exchange: RequestContext,
  reading: ReadServices,
  target: RecordingTarget,
  peerAddress: GetRemoteAddress | undefined,
  wait: RetryAfterSeconds | Promise<RetryAfterSeconds>,
): Promise<HttpResponse> {
  const { asked, now, requestId } = exchange;
  const { waiting, callerOf } = reading;
  // Not refused for want of a place: a stored response may come after it.
  const seconds =
    wait instanceof Promise ? await waiting.hold(callerOf(asked, peerAddress), () => wait) : wait;
  if (seconds !== undefined) {
    return problemResponse(exchange, 'rate_limited', { fields: [['retry-after', String(seconds)]] });
  }
  const decision = reading.gate(asked, target, now, requestId, peerAddress);
  return read(exchange, reading, target, peerAddress, decision);
}

/** Access is decided before anything is looked up, and a hit is checked like a miss. */
async function read(
  exchange: RequestContext,
  { cache, callerOf, sleep, waiting }: ReadServices,
  target: RecordingTarget,
  peerAddress: GetRemoteAddress | undefined,
  decided: AccessDecision | Promise<AccessDecision>,
): Promise<HttpResponse> {
  const address = () => callerOf(exchange.asked, peerAddress);
  const decision = decided instanceof Promise ? await waiting.hold(address(), () => decided) : decided;
  if (decision !== undefined && 'error' in decision) {
    return problemResponse(exchange, decision.error, { fields: decision.headers });
  }
  const caller = decision?.credential ?? address();
  const context = { id: target.id, publicUrl: exchange.publicUrl, caller };
  return handleRecording(exchange, { cache, waiting, sleep }, target.key, context);
}

function isRead({ method }: HttpRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

/**
 * Makes request ids: a random prefix of the process, and a counter.
 *
 * The prefix is drawn at the first request, because Workers allow no randomness before one.
 */
function createRequestIds(): () => string {
  let prefix: string | undefined;
  let count = 0;
  return () => {
    prefix ??= crypto.randomUUID().slice(0, 8);
    count += 1;
    return `${prefix}-${count}`;
  };
}
