import { delayByTimer } from '@room-recordings/http-cache';
import { waitUntil } from 'cloudflare:workers';
import { describeFault } from '../fault.ts';
import { writeLog } from '../log.ts';
import { createEdge } from '../edge.ts';
import { createRuntimeClock } from '../monotonic-clock.ts';
import { misconfiguredSettings, readSettings, SettingsError, type Settings } from '../settings.ts';
import { archiveSource } from '../source/archive.ts';
import { d1Database, type D1Binding } from '../source/d1.ts';
import type { Source } from '../source/source.ts';
import { openTwilio } from '../source/open-twilio.ts';
import { toFetchHandler } from './fetch-server.ts';
import { openCache } from './open-cache.ts';
import { CALLER_HEADER, isRateLimiter, limitByBinding } from './rate-limiter.ts';

/** The Worker's bindings: the settings as text, and the archive's database and a rate limiter where there are such. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  readonly DB?: D1Binding;
  /** Looked at before it is used, since a variable may have the name. */
  readonly RATE_LIMITER?: unknown;
}

type Handler = (request: Request) => Response | Promise<Response>;

async function start(bindings: Bindings): Promise<Handler> {
  const settings = settingsOf(bindings);
  const { DB, RATE_LIMITER } = bindings;
  if (settings.misconfigured !== undefined) console.error(`misconfigured: ${settings.misconfigured}`);
  const log = writeLog(settings.logLevel, (text) => console.log(text));
  const report = (fault: unknown) => {
    const time = new Date().toISOString();
    log.write({ level: 'error', time, rate_limiter: 'failed', ...describeFault(fault) });
  };
  const monotonic = createRuntimeClock();
  const { app } = createEdge(settings, sourceOf(settings, DB, monotonic), {
    now: Date.now,
    monotonic,
    waitUntil,
    cacheApi: await openCache(),
    limitCaller: isRateLimiter(RATE_LIMITER) ? limitByBinding(RATE_LIMITER, report) : undefined,
    log,
  });
  return toFetchHandler(app);
}

/** A Worker cannot refuse to start: it starts, and every read says what is wrong. */
function settingsOf({ DB, RATE_LIMITER, ...variables }: Bindings): Settings {
  try {
    // First, because elsewhere it needs what does nothing here either.
    if (variables['CLIENT_IP_HEADER']) {
      throw new SettingsError(
        'CLIENT_IP_HEADER does nothing on Workers: Cloudflare itself names the caller.',
      );
    }
    const settings = readSettings(variables);
    const contradiction = findContradiction(settings, { DB, RATE_LIMITER });
    if (contradiction !== undefined) throw new SettingsError(contradiction);
    return { ...settings, clientIpHeader: CALLER_HEADER };
  } catch (fault) {
    if (!(fault instanceof SettingsError)) throw fault;
    return misconfiguredSettings(fault);
  }
}

/** What the settings and the bindings say against each other, or leave to each other. */
function findContradiction(
  { source, rateLimit }: Settings,
  { DB, RATE_LIMITER }: { readonly DB: unknown; readonly RATE_LIMITER: unknown },
): string | undefined {
  if (source?.name === 'archive' && DB === undefined) {
    return 'RECORDINGS_SOURCE=archive needs the D1 binding DB: deploy with --env archive.';
  }
  if (rateLimit !== undefined) {
    return 'RATE_LIMIT does nothing on Workers: bind RATE_LIMITER by ratelimits in wrangler.jsonc instead.';
  }
  if (RATE_LIMITER !== undefined && !isRateLimiter(RATE_LIMITER)) {
    return 'RATE_LIMITER must be a rate limiter: bind one by ratelimits in wrangler.jsonc.';
  }
  return undefined;
}

function sourceOf(
  { source, staleOnUpstreamAuth }: Settings,
  binding: D1Binding | undefined,
  monotonic: () => number,
): Source | undefined {
  if (source?.name === 'twilio') {
    return openTwilio(source, (url, init) => fetch(url, init), {
      now: monotonic,
      delay: delayByTimer,
      random: Math.random,
      staleOnUpstreamAuth,
    });
  }
  return binding && archiveSource(d1Database(binding));
}

let handler: Handler | undefined;
let starting: Promise<Handler> | undefined;

const worker: { fetch(request: Request, bindings: Bindings): Response | Promise<Response> } = {
  fetch(request, bindings) {
    if (handler !== undefined) return handler(request);
    starting ??= start(bindings);
    return starting.then((started) => (handler = started)(request));
  },
};

export default worker;
