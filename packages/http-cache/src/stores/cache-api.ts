import { currentAge } from '../policy/freshness.ts';
import { hasValidator } from '../policy/validation.ts';
import { createClock } from '../timers.ts';
import { encodeEntry, decodeEntry } from './entry-codec.ts';
import type { CacheEntry, CacheStore } from './store.ts';

/** The part of the Cache API that is used: what Workers and Deno have. */
export interface CacheApi {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
  delete(url: string): Promise<boolean>;
}

/** How entries are kept in the Cache API. */
export interface CacheApiStoreOptions {
  /**
   * An absolute http or https URL below which the keys are. On Workers it should be on a host of your own zone, below a path
   * that nothing serves: for other hosts Cloudflare may do DNS look-ups, and caches less. Default `https://http-cache.invalid/`.
   */
  readonly baseUrl?: string | undefined;
  /** Milliseconds that the cache waits for a read before it takes it for a miss. Default 100. */
  readonly maxWaitMs?: number | undefined;
  /** The cache's clock, milliseconds since 1970. Default: the wall clock, which here never goes back. */
  readonly now?: (() => number) | undefined;
}

/** Something that can be validated is worth keeping for a day longer than it can be served. */
const VALIDATABLE_SECONDS = 86_400;

/** How far the clocks of two machines may be apart, milliseconds: the age of an entry from later than that is not known. */
const MAX_CLOCK_SKEW_MS = 5000;

const DEFAULT_BASE_URL = 'https://http-cache.invalid/';
const DEFAULT_MAX_WAIT_MS = 100;

/**
 * Keeps entries in the Cache API (Workers, Deno), each in an envelope of its own: a 200 that may be cached. The API silently
 * drops private responses, errors and those with Set-Cookie, and each runtime treats Vary in its own way.
 *
 * On Deno no entry expires, so a read deletes an entry that is of no more use.
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
  const prefix = readBaseUrl(baseUrl);
  const locate = (key: string): string => prefix + encodeURIComponent(key);
  return {
    maxWaitMs,
    async get(key) {
      const envelope = await cache.match(locate(key));
      const entry = envelope && decodeEntry(new Uint8Array(await envelope.arrayBuffer()));
      if (entry === undefined || !isDated(entry, now())) return undefined;
      if (countSeconds(entry, now()) > 0) return entry;
      await cache.delete(locate(key));
      return undefined;
    },
    async set(key, entry) {
      const headers = { 'cache-control': `max-age=${countSeconds(entry, now())}` };
      await cache.put(locate(key), new Response(encodeEntry(entry), { headers }));
    },
    async delete(key) {
      await cache.delete(locate(key));
    },
  };
}

/** The API keeps things under URLs, which are never fetched. */
function readBaseUrl(baseUrl: string): string {
  if (!/^https?:/i.test(baseUrl) || !URL.canParse(baseUrl))
    throw new TypeError(`cacheApiStore: baseUrl is "${baseUrl}". Set it to an absolute http or https URL.`);
  const { origin, pathname } = new URL(baseUrl);
  return origin + pathname.replace(/\/?$/, '/');
}

/** Returns whether the ages in an entry are known: after a wall clock was set back, entries in a shared cache may be from the future. */
function isDated({ variants }: CacheEntry, now: number): boolean {
  return variants.every(({ storedAt }) => storedAt <= now + MAX_CLOCK_SKEW_MS);
}

/** For how long an entry can still be of use, seconds; `now` is milliseconds. */
function countSeconds({ variants }: CacheEntry, now: number): number {
  const seconds = variants.map((stored) => {
    const { lifetime, staleWhileRevalidate, staleIfError } = stored;
    const past = Math.max(staleWhileRevalidate, staleIfError, hasValidator(stored) ? VALIDATABLE_SECONDS : 0);
    return lifetime - currentAge(stored, now) + past;
  });
  return Math.ceil(Math.max(...seconds));
}
