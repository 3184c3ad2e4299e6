import { sleep } from '@room-recordings/http-cache';
import { isR2Binding, openR2Media } from '../archive/archive-media.ts';
import { archiveSource } from '../archive/archive-source.ts';
import { d1Database, type D1Binding } from '../archive/d1.ts';
import { createRuntimeClock } from '../concurrency/monotonic-clock.ts';
import { createInvalidConfig, parseConfig, ConfigError, type Config } from '../config/config.ts';
import { describeMisspeltVariables } from '../config/misspelt-variables.ts';
import { createEdge } from '../create-edge.ts';
import type { ClientRateLimiter } from '../http/rate-limit.ts';
import { logEntry, createLogger, serializeError } from '../logging.ts';
import { createArchiveMedia, type MediaSource } from '../media/media-source.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { createFetchHandler, openCacheApi } from './fetch-adapter.ts';
import { toFixedLengthStream } from './fixed-length-stream.ts';
import { openTwilio } from './open-twilio.ts';

/** The bindings of the Worker: the settings as text, the database and the bucket of an archive, and a rate limiter. */
export interface WorkerBindings extends Readonly<Record<string, unknown>> {
  readonly DB?: D1Binding;
  /** Unchecked, because a variable may have this name. */
  readonly MEDIA_BUCKET?: unknown;
  /** Unchecked, because a variable may have this name. */
  readonly RATE_LIMITER?: unknown;
}

/** Handles the requests of an isolate. */
export type WorkerHandler = (request: Request) => Response | Promise<Response>;

/** The names of the bindings that are not settings. */
const BINDING_NAMES = ['DB', 'MEDIA_BUCKET', 'RATE_LIMITER'];

/**
 * Creates the handler of an isolate from its bindings.
 *
 * @param waitUntil keeps the isolate alive for work that continues after a response.
 */
export async function createWorkerHandler(
  bindings: WorkerBindings,
  waitUntil: (work: Promise<unknown>) => void,
): Promise<WorkerHandler> {
  const warnings = describeMisspeltVariables(Object.keys(bindings), BINDING_NAMES);
  for (const warning of warnings) console.warn(warning);
  const config = parseWorkerConfig(bindings);
  const { RATE_LIMITER } = bindings;
  if (config.misconfigured !== undefined) console.error(`misconfigured: ${config.misconfigured}`);
  const logger = createLogger(config.logLevel, (text) => console.log(text));
  const report = (error: unknown) => {
    logger.write(logEntry('rate_limit.binding_failed', Date.now(), serializeError(error)));
  };
  const monotonic = createRuntimeClock();
  const { source, media } = createSources(config, bindings, monotonic);
  const { app } = createEdge(config, source, {
    media,
    now: Date.now,
    monotonic,
    waitUntil,
    cacheApi: await openCacheApi(),
    limitClient: isRateLimitBinding(RATE_LIMITER)
      ? createBindingRateLimiter(RATE_LIMITER, report)
      : undefined,
    logger,
  });
  return createFetchHandler(app, (body, length) => toFixedLengthStream(body, length, waitUntil));
}

/** Creates the sources that the settings name, without those whose setting or binding is missing. */
function createSources(
  config: Config,
  { DB, MEDIA_BUCKET }: WorkerBindings,
  monotonic: () => number,
): { readonly source: RecordingSource | undefined; readonly media: MediaSource | undefined } {
  const { source, media } = config;
  if (source?.name === 'twilio') return openTwilio(source, config, monotonic);
  const hasMedia = source?.name === 'archive' && media.mode !== 'off';
  return {
    source: DB && archiveSource(d1Database(DB)),
    media:
      hasMedia && isR2Binding(MEDIA_BUCKET)
        ? createArchiveMedia(openR2Media(MEDIA_BUCKET, { now: monotonic, sleep }))
        : undefined,
  };
}

/**
 * The used part of Cloudflare's rate limiter binding.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
interface RateLimitBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** The shorter of the two periods that the binding supports, in seconds. The binding does not return the time until the next token. */
const RETRY_AFTER_SECONDS = 10;

/** Checks if a binding is a rate limiter, because a variable may have the same name. */
function isRateLimitBinding(binding: unknown): binding is RateLimitBinding {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    'limit' in binding &&
    typeof binding.limit === 'function'
  );
}

/**
 * Limits the requests of each client with the binding. If the binding fails, the request is not limited: authorization does not
 * depend on the limit.
 *
 * @param report receives the error of the binding.
 */
function createBindingRateLimiter(
  limiter: RateLimitBinding,
  report: (error: unknown) => void,
): ClientRateLimiter {
  return async (client) => {
    try {
      const { success } = await limiter.limit({ key: client });
      return success ? undefined : RETRY_AFTER_SECONDS;
    } catch (error) {
      report(error);
      return undefined;
    }
  };
}

/** The header with the client address. Cloudflare sets it, so that a client cannot. */
const CLOUDFLARE_CLIENT_IP_HEADER = 'cf-connecting-ip';

/**
 * Parses the settings of a Worker. A Worker cannot refuse to start, so an error becomes the `misconfigured` of each read.
 *
 * @param bindings the Worker's variables, its D1 database, its R2 bucket and its rate limiter.
 */
export function parseWorkerConfig({
  DB,
  MEDIA_BUCKET,
  RATE_LIMITER,
  ...variables
}: Readonly<Record<string, unknown>>): Config {
  try {
    // This check is first: parseConfig would name other settings that have no effect here either.
    if (variables['CLIENT_IP_HEADER']) {
      throw new ConfigError(
        'CLIENT_IP_HEADER has no effect on Workers: remove it, because Cloudflare sets CF-Connecting-IP.',
      );
    }
    const config = parseConfig(variables);
    const contradiction = findContradiction(config, { DB, MEDIA_BUCKET, RATE_LIMITER });
    if (contradiction !== undefined) throw new ConfigError(contradiction);
    return { ...config, clientIpHeader: CLOUDFLARE_CLIENT_IP_HEADER };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return createInvalidConfig(error);
  }
}

/** Finds a setting that contradicts a binding, requires one or has no effect on Workers. */
function findContradiction(
  { source, rateLimit }: Config,
  { DB, MEDIA_BUCKET, RATE_LIMITER }: Readonly<Record<'DB' | 'MEDIA_BUCKET' | 'RATE_LIMITER', unknown>>,
): string | undefined {
  if (source?.name === 'archive' && DB === undefined) {
    return 'RECORDINGS_SOURCE=archive requires the D1 binding DB: deploy with --env archive.';
  }
  if (MEDIA_BUCKET !== undefined && !isR2Binding(MEDIA_BUCKET)) {
    return 'MEDIA_BUCKET must be an R2 bucket: bind one with r2_buckets in wrangler.jsonc.';
  }
  if (rateLimit !== undefined) {
    return 'RATE_LIMIT has no effect on Workers: remove it, and bind RATE_LIMITER with ratelimits in wrangler.jsonc.';
  }
  if (RATE_LIMITER !== undefined && !isRateLimitBinding(RATE_LIMITER)) {
    return 'RATE_LIMITER must be a rate limiter: bind one with ratelimits in wrangler.jsonc.';
  }
  return undefined;
}
