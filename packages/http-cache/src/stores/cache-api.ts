import { currentAge } from '../policy/freshness.ts';
import { hasValidator } from '../policy/validation.ts';
import { createClock } from '../timers.ts';
import { encodeEntry, decodeEntry } from './entry-codec.ts';
import type { CacheEntry, CacheStore } from './store.ts';

/** The methods of the Cache API that `cacheApiStore` uses. Workers and Deno have them. */
export interface CacheApi {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

/** Options of `cacheApiStore`. */
export interface CacheApiStoreOptions {
  /**
   * The absolute http or https URL that all keys in the Cache API start with. On Workers, use a host of your own zone and a path that
   * nothing serves: for other hosts, Cloudflare may do DNS lookups and caches less. Default `https://http-cache.invalid/`.
   */
  readonly baseUrl?: string | undefined;
  /** How long the cache waits for a read, milliseconds. A slower read is a miss. Default 100. */
  readonly maxWaitMs?: number | undefined;
  /**
   * Returns the time, in milliseconds since 1970. Use the clock of the cache. Default: the wall clock, corrected so that it never goes
   * back.
   */
  readonly now?: (() => number) | undefined;
}

/** How long a response with a validator is kept after it can no longer be served, seconds. */
const VALIDATION_SECONDS = 86_400;

/** The largest difference between the clocks of two machines, milliseconds. The age of an entry further ahead is unknown. */
const MAX_CLOCK_SKEW_MS = 5000;

const DEFAULT_BASE_URL = 'https://http-cache.invalid/';
const DEFAULT_MAX_WAIT_MS = 100;

/**
 * Creates a store in the Cache API (Workers, Deno). Each entry is wrapped in a cacheable 200: the API silently drops private
 * responses, errors and responses with Set-Cookie. Each runtime also handles Vary differently.
 *
 * On Deno entries do not expire, so a read deletes an entry that can no longer be used.
 *
 * @throws {TypeError} if `baseUrl` is not an absolute http or https URL.
 */
export function cacheApiStore(
  cache: CacheApi,
  {
    baseUrl = DEFAULT_BASE_URL,
    maxWaitMs = DEFAULT_MAX_WAIT_MS,
    now = createClock(),
  }: CacheApiStoreOptions = {},
): CacheStore {
  const prefix = parseBaseUrl(baseUrl);
  const toUrl = (key: string): string => prefix + encodeURIComponent(key);
  return {
    maxWaitMs,
    async get(key) {
      const wrapper = await cache.match(toUrl(key));
      const entry = wrapper && decodeEntry(new Uint8Array(await wrapper.arrayBuffer()));
      if (entry === undefined || !hasKnownAge(entry, now())) return undefined;
      if (remainingSeconds(entry, now()) > 0) return entry;
      await cache.delete(toUrl(key));
      return undefined;
    },
    async set(key, entry) {
      const headers = { 'cache-control': `max-age=${remainingSeconds(entry, now())}` };
      await cache.put(toUrl(key), new Response(encodeEntry(entry), { headers }));
    },
    async delete(key) {
      await cache.delete(toUrl(key));
    },
  };
}

/** Parses the URL that the keys start with. The cache never fetches it. */
function parseBaseUrl(baseUrl: string): string {
  if (!/^https?:/i.test(baseUrl) || !URL.canParse(baseUrl))
    throw new TypeError(`cacheApiStore: baseUrl is "${baseUrl}". Set it to an absolute http or https URL.`);
  const { origin, pathname } = new URL(baseUrl);
  return origin + pathname.replace(/\/?$/, '/');
}

/** Returns whether the ages in an entry are known. After a wall clock is set back, a shared cache may contain entries of the future. */
function hasKnownAge({ variants }: CacheEntry, now: number): boolean {
  return variants.every(({ storedAt }) => storedAt <= now + MAX_CLOCK_SKEW_MS);
}

/** Returns how long an entry can still be used, seconds. */
function remainingSeconds({ variants }: CacheEntry, now: number): number {
  const seconds = variants.map((stored) => {
    const { lifetime, staleWhileRevalidate, staleIfError } = stored;
    const validation = hasValidator(stored) ? VALIDATION_SECONDS : 0;
    return lifetime - currentAge(stored, now) + Math.max(staleWhileRevalidate, staleIfError, validation);
  });
  return Math.ceil(Math.max(...seconds));
}
