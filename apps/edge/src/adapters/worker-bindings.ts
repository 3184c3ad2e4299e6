import { createInvalidConfig, parseConfig, ConfigError, type Config } from '../config/config.ts';
import type { ClientRateLimiter } from '../http/rate-limit.ts';

/**
 * Cloudflare's binding of a rate limiter: the part of it that is used.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export interface RateLimitBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** The header in which Cloudflare names the caller; a client cannot set it. */
const CLOUDFLARE_CLIENT_IP_HEADER = 'cf-connecting-ip';

/** The binding does not tell when there is room again: this is the shorter of the two periods that it knows, in seconds. */
const RETRY_AFTER = 10;

/** Whether something that is bound is a rate limiter, and not, say, a variable of that name. */
export function isRateLimitBinding(bound: unknown): bound is RateLimitBinding {
  return typeof bound === 'object' && bound !== null && 'limit' in bound && typeof bound.limit === 'function';
}

/**
 * Limits callers by the binding. Where that fails the request goes on: who may read is decided elsewhere.
 *
 * @param report takes what the binding failed with.
 */
export function bindingRateLimiter(
  limiter: RateLimitBinding,
  report: (fault: unknown) => void,
): ClientRateLimiter {
  return async (caller) => {
    try {
      const { success } = await limiter.limit({ key: caller });
      return success ? undefined : RETRY_AFTER;
    } catch (fault) {
      report(fault);
      return undefined;
    }
  };
}

/**
 * Reads the settings of a Worker. A Worker cannot refuse to start, so an error becomes the `misconfigured` of every read.
 *
 * @param bindings the Worker's variables, its D1 database and its rate limiter.
 */
export function parseWorkerConfig({
  DB,
  RATE_LIMITER,
  ...variables
}: Readonly<Record<string, unknown>>): Config {
  try {
    // First, because elsewhere it needs what does nothing here either.
    if (variables['CLIENT_IP_HEADER']) {
      throw new ConfigError(
        'CLIENT_IP_HEADER has no effect on Workers: remove it, because Cloudflare sets CF-Connecting-IP.',
      );
    }
    const settings = parseConfig(variables);
    const contradiction = findContradiction(settings, { DB, RATE_LIMITER });
    if (contradiction !== undefined) throw new ConfigError(contradiction);
    return { ...settings, clientIpHeader: CLOUDFLARE_CLIENT_IP_HEADER };
  } catch (fault) {
    if (!(fault instanceof ConfigError)) throw fault;
    return createInvalidConfig(fault);
  }
}

/** Finds a setting that contradicts a binding, needs one or does nothing on Workers. */
function findContradiction(
  { source, rateLimit }: Config,
  { DB, RATE_LIMITER }: { readonly DB: unknown; readonly RATE_LIMITER: unknown },
): string | undefined {
  if (source?.name === 'archive' && DB === undefined) {
    return 'RECORDINGS_SOURCE=archive requires the D1 binding DB: deploy with --env archive.';
  }
  if (rateLimit !== undefined) {
    return 'RATE_LIMIT has no effect on Workers: remove it, and bind RATE_LIMITER with ratelimits in wrangler.jsonc.';
  }
  if (RATE_LIMITER !== undefined && !isRateLimitBinding(RATE_LIMITER)) {
    return 'RATE_LIMITER must be a rate limiter: bind one with ratelimits in wrangler.jsonc.';
  }
  return undefined;
}
