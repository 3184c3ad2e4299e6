import { gateOf } from './access.ts';
import { ERRORS_PAGE } from './errors-page.ts';
import { NO_STORE } from './freshness.ts';
import { describeFault } from './fault.ts';
import type { Log } from './log.ts';
import { readAnswer, type SourceUse } from './origin.ts';
import { countRequests } from './request-id.ts';
import {
  ALLOWED_METHODS,
  refuse,
  respond,
  respondToOptions,
  send,
  type Exchange,
  type Responded,
} from './respond.ts';
import { findRoute, type RecordingId, type Route } from './route.ts';
import type { Settings } from './settings.ts';
import type { Source } from './source/source.ts';
import { VERSION } from './version.ts';

/** Everything outside that the app touches. */
export interface AppParts {
  readonly settings: Settings;
  /** Undefined where the settings name none. */
  readonly source: Source | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: Log;
}

/** Answers a request; never throws. */
export type App = (request: Request) => Promise<Response>;

const LONGEST_URL = 4096;
const LONGEST_QUERY = 2048;
const ERRORS_PAGE_LIFETIME = 'public, max-age=3600';

/** The edge: a function from request to response. It alone knows the order of the steps. */
export function createApp({ settings, source, now, log }: AppParts): App {
  const nextRequestId = countRequests();

  return async function app(request) {
    const startedAt = now();
    const url = readUrl(request, settings.publicUrl ?? 'http://localhost');
    const route = findRoute(url.pathname);
    const use: SourceUse = { calls: 0, ms: 0, fault: undefined };
    const exchange: Exchange = {
      request,
      requestId: nextRequestId(),
      publicUrl: settings.publicUrl ?? url.origin,
      allowedOrigins: settings.allowedOrigins,
      now: startedAt,
    };
    const { response, error } = await decide(exchange, url, route, use).catch((fault: unknown) => {
      use.fault = fault;
      return refuse(exchange, 'internal');
    });
    const id = route?.name === 'recording' ? route.id : undefined;
    log({
      level: response.status >= 500 ? 'error' : 'info',
      time: new Date(startedAt).toISOString(),
      request_id: exchange.requestId,
      method: request.method,
      route: route?.name ?? 'none',
      status: response.status,
      error,
      ms: now() - startedAt,
      upstream_calls: use.calls,
      upstream_ms: use.ms,
      room_sid: id?.roomSid,
      recording_sid: id?.sid,
      ...describeFault(use.fault),
    });
    return response;
  };

  async function decide(
    exchange: Exchange,
    url: URL,
    route: Route | undefined,
    use: SourceUse,
  ): Promise<Responded> {
    const { method } = exchange.request;
    if (url.href.length > LONGEST_URL || url.search.length > LONGEST_QUERY)
      return refuse(exchange, 'uri_too_long');
    if (route === undefined) return refuse(exchange, 'not_found');
    if (method === 'OPTIONS') return respondToOptions(exchange);
    if (method !== 'GET' && method !== 'HEAD') {
      return refuse(exchange, 'method_not_allowed', undefined, { Allow: ALLOWED_METHODS });
    }
    if (route.name === 'healthz') return send(exchange, 'application/json', health(), NO_STORE);
    if (route.name === 'errors')
      return send(exchange, 'text/html; charset=utf-8', ERRORS_PAGE, ERRORS_PAGE_LIFETIME);
    return read(exchange, route.id, use);
  }

  async function read(exchange: Exchange, id: RecordingId | undefined, use: SourceUse): Promise<Responded> {
    if (id === undefined) return refuse(exchange, 'invalid_sid');
    const { access, lifetimes, misconfigured } = settings;
    if (misconfigured !== undefined || access === undefined || source === undefined) {
      return refuse(exchange, 'misconfigured', misconfigured);
    }
    const refusal = gateOf(access)(exchange.request, id);
    if (refusal !== undefined) return refuse(exchange, refusal);
    // The cache's place: it will stand between here and `readAnswer`, and see neither origin nor token.
    return respond(exchange, await readAnswer({ source, lifetimes, now }, id, exchange.publicUrl, use));
  }

  function health(): string {
    return JSON.stringify({
      status: settings.misconfigured === undefined ? 'ok' : 'misconfigured',
      version: VERSION,
      source: settings.source?.name ?? null,
    });
  }
}

/** A runtime may make a URL of any Host that it was sent, or refuse to; what cannot be read leads nowhere. */
function readUrl(request: Request, base: string): URL {
  try {
    return new URL(request.url, base);
  } catch {
    return new URL('/', base);
  }
}
