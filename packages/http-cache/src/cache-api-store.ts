import { computeAge } from './age.ts';
import type { Entry } from './entry.ts';
import { pack, unpack } from './envelope.ts';
import type { CacheStore } from './store.ts';
import { isValidatable } from './validation.ts';

/** The part of the Cache API that is used: what Workers and Deno have. */
export type CacheApi = Pick<Cache, 'match' | 'put' | 'delete'>;

/** Something that can be validated is worth keeping for a day longer than it can be served. */
const VALIDATABLE_SECONDS = 86_400;

/**
 * Keeps entries in the Cache API (Workers, Deno), each in an envelope of its own: a 200 that may be cached, since the API
 * silently drops what is private, sets a cookie or is an error, and knows of Vary what it likes.
 *
 * @param now the cache's clock, milliseconds: Deno lets nothing expire, so what is of no more use is deleted when it is read.
 */
export function cacheApiStore(cache: CacheApi, now: () => number = Date.now): CacheStore {
  return {
    async get(key) {
      const envelope = await cache.match(locate(key));
      const entry = envelope && unpack(new Uint8Array(await envelope.arrayBuffer()));
      if (entry === undefined || countSeconds(entry, now()) > 0) return entry;
      await cache.delete(locate(key));
      return undefined;
    },
    async set(key, entry) {
      const headers = { 'cache-control': `max-age=${countSeconds(entry, now())}` };
      await cache.put(locate(key), new Response(pack(entry), { headers }));
    },
    async delete(key) {
      await cache.delete(locate(key));
    },
  };
}

/** The API keeps things under URLs; this one is never fetched. */
function locate(key: string): string {
  return `https://http-cache.invalid/${encodeURIComponent(key)}`;
}

/** For how long an entry can still be of use, seconds; `now` is milliseconds. */
function countSeconds({ variants }: Entry, now: number): number {
  const seconds = variants.map((stored) => {
    const { lifetime, staleWhileRevalidate, staleIfError } = stored;
    const past = Math.max(
      staleWhileRevalidate,
      staleIfError,
      isValidatable(stored) ? VALIDATABLE_SECONDS : 0,
    );
    return lifetime - computeAge(stored, now) + past;
  });
  return Math.ceil(Math.max(...seconds));
}
