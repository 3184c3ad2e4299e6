import { delayByTimer } from '@room-recordings/http-cache';
import { waitUntil } from 'cloudflare:workers';
import { describeFault } from '../fault.ts';
import { writeLog } from '../log.ts';
import { createEdge } from '../edge.ts';
import { warnOfMisspeltSettings } from '../misspelt-settings.ts';
import { createRuntimeClock } from '../monotonic-clock.ts';
import type { Settings } from '../settings.ts';
import { archiveSource } from '../source/archive.ts';
import { d1Database, type D1Binding } from '../source/d1.ts';
import type { Source } from '../source/source.ts';
import { openTwilio } from '../source/open-twilio.ts';
import { toFetchHandler } from './fetch-server.ts';
import { openCache } from './open-cache.ts';
import { isRateLimiter, limitByBinding } from './rate-limiter.ts';
import { readWorkerSettings } from './worker-settings.ts';

/** The Worker's bindings: the settings as text, and the archive's database and a rate limiter where there are such. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  readonly DB?: D1Binding;
  /** Looked at before it is used, since a variable may have the name. */
  readonly RATE_LIMITER?: unknown;
}

const WORKER_BINDINGS = ['DB', 'RATE_LIMITER'];

type Handler = (request: Request) => Response | Promise<Response>;

async function start(bindings: Bindings): Promise<Handler> {
  for (const warning of warnOfMisspeltSettings(Object.keys(bindings), WORKER_BINDINGS)) console.warn(warning);
  const settings = readWorkerSettings(bindings);
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
