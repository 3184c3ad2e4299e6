import { sleep } from '@room-recordings/http-cache';
import { waitUntil } from 'cloudflare:workers';
import { openCacheApi } from '../adapters/cache-api.ts';
import { createFetchHandler } from '../adapters/fetch-adapter.ts';
import { isRateLimitBinding, bindingRateLimiter, parseWorkerConfig } from '../adapters/worker-bindings.ts';
import { archiveSource } from '../archive/archive-source.ts';
import { d1Database, type D1Binding } from '../archive/d1.ts';
import { createRuntimeClock } from '../concurrency/monotonic-clock.ts';
import type { Config } from '../config/config.ts';
import { describeMisspeltVariables } from '../config/misspelt-variables.ts';
import { createEdge } from '../create-edge.ts';
import { createLogger } from '../logging.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { serializeError } from '../logging.ts';
import { createTwilioSource } from '../twilio/twilio-source.ts';

/** The Worker's bindings: the settings as text, and the archive's database and a rate limiter where there are such. */
export interface Bindings extends Readonly<Record<string, unknown>> {
  readonly DB?: D1Binding;
  /** Looked at before it is used, since a variable may have the name. */
  readonly RATE_LIMITER?: unknown;
}

const WORKER_BINDINGS = ['DB', 'RATE_LIMITER'];

type Handler = (request: Request) => Response | Promise<Response>;

async function start(bindings: Bindings): Promise<Handler> {
  for (const warning of describeMisspeltVariables(Object.keys(bindings), WORKER_BINDINGS))
    console.warn(warning);
  const settings = parseWorkerConfig(bindings);
  const { DB, RATE_LIMITER } = bindings;
  if (settings.misconfigured !== undefined) console.error(`misconfigured: ${settings.misconfigured}`);
  const log = createLogger(settings.logLevel, (text) => console.log(text));
  const report = (fault: unknown) => {
    const time = new Date().toISOString();
    log.write({ level: 'error', time, rate_limiter: 'failed', ...serializeError(fault) });
  };
  const monotonic = createRuntimeClock();
  const { app } = createEdge(settings, sourceOf(settings, DB, monotonic), {
    now: Date.now,
    monotonic,
    waitUntil,
    cacheApi: await openCacheApi(),
    limitCaller: isRateLimitBinding(RATE_LIMITER) ? bindingRateLimiter(RATE_LIMITER, report) : undefined,
    log,
  });
  return createFetchHandler(app);
}

function sourceOf(
  { source, staleOnUpstreamAuth }: Config,
  binding: D1Binding | undefined,
  monotonic: () => number,
): RecordingSource | undefined {
  if (source?.name === 'twilio') {
    return createTwilioSource(source, (url, init) => fetch(url, init), {
      now: monotonic,
      sleep,
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
