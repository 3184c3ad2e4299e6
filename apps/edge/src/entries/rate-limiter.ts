import type { CallerLimit } from '../rate-limit.ts';

/**
 * Cloudflare's binding of a rate limiter: the part of it that is used.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/
 */
export interface RateLimiter {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/** The header in which Cloudflare names the caller; a client cannot set it. */
export const CALLER_HEADER = 'cf-connecting-ip';

/** The binding does not tell when there is room again: this is the shorter of the two periods that it knows, in seconds. */
const RETRY_AFTER = 10;

/** Whether something that is bound is a rate limiter, and not, say, a variable of that name. */
export function isRateLimiter(bound: unknown): bound is RateLimiter {
  return typeof bound === 'object' && bound !== null && 'limit' in bound && typeof bound.limit === 'function';
}

/**
 * Limits callers by the binding. Where that fails the request goes on: who may read is decided elsewhere.
 *
 * @param report takes what the binding failed with.
 */
export function limitByBinding(limiter: RateLimiter, report: (fault: unknown) => void): CallerLimit {
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
