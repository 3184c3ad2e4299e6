import type { AccessDecision, Authorize } from './auth/authorizer.ts';
import type { Config } from './config/config.ts';
import type { ClientIdentifier, GetRemoteAddress } from './http/client-address.ts';
import type { RequestRateLimiter, RetryAfterSeconds } from './http/rate-limit.ts';
import { ALLOWED_METHODS, isRead, optionsResponse, problemResponse } from './http/respond.ts';
import { createResponseHeaders } from './http/response-headers.ts';
import type { HttpRequest, HttpResponse, RequestContext } from './http/types.ts';
import { logEntry, requestCompleted, serializeError, type Logger } from './logging.ts';
import { handleErrorsPage } from './routes/errors-page.ts';
import { handleHealth, handleReadiness, type Readiness } from './routes/health.ts';
import { respondWithList } from './routes/list-route.ts';
import { handleOpenApi } from './routes/openapi.ts';
import { respondWithMedia, type MediaRouteServices } from './routes/media-route.ts';
import { respondThroughCache, tryCacheHit } from './routes/recording-route.ts';
import { respondWithTimeline, type TimelineServices } from './routes/timeline-route.ts';
import { createRouter, type BuildCacheKey, type ReadTarget, type RouteMatch } from './routes/router.ts';

/** The services that reads of a room's resources need. */
interface ReadServices extends MediaRouteServices, TimelineServices {
  /** Undefined if requests are not limited. */
  readonly rateLimit: RequestRateLimiter | undefined;
  /** Undefined if access is public. */
  readonly authorize: Authorize | undefined;
  /** Identifies a client without a credential by its address. */
  readonly clientAddress: ClientIdentifier;
  readonly readiness: () => Readiness;
}

/** The parts of an app. */
export interface AppOptions {
  readonly config: Config;
  /** Undefined while the configuration is incomplete. */
  readonly services: ReadServices | undefined;
  readonly buildCacheKey: BuildCacheKey;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly logger: Logger;
  /** Returns whether the process stops after its current requests. */
  readonly isDraining: () => boolean;
}

/** Handles one request: synchronously if it can. Errors become problem responses. */
export type RequestHandler = (
  request: HttpRequest,
  getRemoteAddress?: GetRemoteAddress,
) => HttpResponse | Promise<HttpResponse>;

/** Creates the app, a function from a request to a response. The order of the steps is here: route, rate limit, authorize, handler. */
export function createApp({
  config,
  services,
  buildCacheKey,
  now,
  logger,
  isDraining,
}: AppOptions): RequestHandler {
  const nextRequestId = createRequestIds();
  const matchRequest = createRouter(config.publicUrl, buildCacheKey);
  const responseHeaders = createResponseHeaders(config, now);

  // Hot path, see `respondFromCache` before you add anything. All other work is behind `respondAsync`.
  return (request, getRemoteAddress) => {
    const match = matchRequest(request);
    const { target, publicUrl } = match;
    const commonHeaders = responseHeaders.common(request);
    const context = { request, requestId: nextRequestId(), publicUrl, startedAt: now(), commonHeaders };
    if (services === undefined || target === undefined || !isRead(request)) {
      return respondAsync(context, match, () => respondWithoutResource(context, match));
    }
    const retryAfter = services.rateLimit?.check(
      request,
      target.kind === 'media' ? target.path : undefined,
      getRemoteAddress,
    );
    if (retryAfter !== undefined) {
      return respondAsync(context, match, () =>
        readAfterRateLimit(context, services, target, getRemoteAddress, retryAfter),
      );
    }
    const { requestId, startedAt } = context;
    const decision = services.authorize?.(request, target, startedAt, requestId, getRemoteAddress);
    const isAllowed = decision === undefined || 'credential' in decision;
    const hit =
      isAllowed && target.kind === 'recording' ? tryCacheHit(services.cache, target.key, context) : undefined;
    if (hit === undefined) {
      return respondAsync(context, match, () =>
        readResource(context, services, target, getRemoteAddress, decision),
      );
    }
    if (logger.wants('info')) {
      logger.write(requestCompleted(request, match, requestId, hit, startedAt, now()));
    }
    return responseHeaders.finalize(hit, startedAt);
  };

  /** Responds, logs the request, and converts a defect of the edge to a 500. */
  async function respondAsync(
    context: RequestContext,
    match: RouteMatch,
    handle: () => HttpResponse | Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const { request, requestId, startedAt } = context;
    let response: HttpResponse;
    try {
      response = await handle();
    } catch (error) {
      logger.write(
        logEntry('request.failed', startedAt, { request_id: requestId, ...serializeError(error) }),
      );
      response = problemResponse(context, 'internal');
    }
    logger.write(requestCompleted(request, match, requestId, response, startedAt, now()));
    return responseHeaders.finalize(response, startedAt);
  }

  /** Responds to everything but a read of a resource of a room. */
  function respondWithoutResource(context: RequestContext, { route, error }: RouteMatch): HttpResponse {
    if (error !== undefined) return problemResponse(context, error);
    if (route === undefined) return problemResponse(context, 'not_found');
    if (context.request.method === 'OPTIONS') return optionsResponse(context);
    if (!isRead(context.request)) {
      return problemResponse(context, 'method_not_allowed', { headers: [['allow', ALLOWED_METHODS]] });
    }
    switch (route.name) {
      case 'healthz':
        return handleHealth(context, config);
      case 'errors':
        return handleErrorsPage(context);
      case 'openapi':
        return handleOpenApi(context);
      case 'readyz':
        if (services === undefined) break;
        return handleReadiness(context, isDraining(), services.readiness);
      case 'recording':
      case 'media':
      case 'list':
      case 'timeline':
        if (route.id === undefined) return problemResponse(context, 'invalid_sid');
        break;
      default:
        // A new route does not compile before it has a case.
        return route satisfies never;
    }
    return problemResponse(context, 'misconfigured', { detail: config.misconfigured });
  }
}

/** Rejects a client above its rate before authorization, which costs more. */
async function readAfterRateLimit(
  context: RequestContext,
  services: ReadServices,
  target: ReadTarget,
  getRemoteAddress: GetRemoteAddress | undefined,
  retryAfter: RetryAfterSeconds | Promise<RetryAfterSeconds>,
): Promise<HttpResponse> {
  const { request, startedAt, requestId } = context;
  const client = toLimitKey(services.clientAddress(request, getRemoteAddress));
  // Not rejected while too many requests wait: a stored response may follow.
  const seconds =
    retryAfter instanceof Promise ? await services.pendingRequests.run(client, () => retryAfter) : retryAfter;
  if (seconds !== undefined) {
    return problemResponse(context, 'rate_limited', { headers: [['retry-after', String(seconds)]], client });
  }
  const decision = services.authorize?.(request, target, startedAt, requestId, getRemoteAddress);
  return readResource(context, services, target, getRemoteAddress, decision);
}

/** Reads a resource after authorization, which happens before the cache, so that a hit is authorized like a miss. */
async function readResource(
  context: RequestContext,
  services: ReadServices,
  target: ReadTarget,
  getRemoteAddress: GetRemoteAddress | undefined,
  pendingDecision: AccessDecision | Promise<AccessDecision>,
): Promise<HttpResponse> {
  const address = () => toLimitKey(services.clientAddress(context.request, getRemoteAddress));
  const decision =
    pendingDecision instanceof Promise
      ? await services.pendingRequests.run(address(), () => pendingDecision)
      : pendingDecision;
  if (decision !== undefined && 'error' in decision) {
    const client = decision.error === 'rate_limited' ? address() : undefined;
    return problemResponse(context, decision.error, { headers: decision.headers, client });
  }
  const { publicUrl, requestId } = context;
  const client = decision?.credential ?? address();
  // A player sends hundreds of range requests for one URL.
  if (target.kind === 'media')
    services.rateLimit?.allowRepetitions(context.request, target.path, getRemoteAddress);
  switch (target.kind) {
    case 'recording': {
      const resource = { kind: target.kind, id: target.id };
      return respondThroughCache(context, services, target.key, { resource, publicUrl, client, requestId });
    }
    case 'media':
      return respondWithMedia(context, services, target, client);
    case 'list':
      return respondWithList(context, services, target, { publicUrl, client, requestId });
    case 'timeline': {
      const origin = { publicUrl, client, requestId };
      return respondWithTimeline(context, services, target, origin, decision);
    }
    default:
      return target satisfies never;
  }
}

/** Returns the name under which limits count a client without a credential. */
export function toLimitKey(address: string): string {
  return `address ${address}`;
}

/**
 * Creates request ids: a random prefix per process and a counter.
 *
 * The prefix is created at the first request, because Workers have no randomness before it.
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
