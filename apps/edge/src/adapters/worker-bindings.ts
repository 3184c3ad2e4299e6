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
export const CLOUDFLARE_CLIENT_IP_HEADER = 'cf-connecting-ip';

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
