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
 */
export function cacheApiStore(cache: CacheApi): CacheStore {
  return {
    async get(key) {
      const envelope = await cache.match(locate(key));
      return envelope && unpack(new Uint8Array(await envelope.arrayBuffer()));
    },
    async set(key, entry) {
      const headers = { 'cache-control': `max-age=${countSeconds(entry)}` };
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

/** For how long an entry can be of use. */
function countSeconds({ variants }: Entry): number {
  const seconds = variants.map((stored) => {
    const { lifetime, initialAge, staleWhileRevalidate, staleIfError } = stored;
    const past = Math.max(
      staleWhileRevalidate,
      staleIfError,
      isValidatable(stored) ? VALIDATABLE_SECONDS : 0,
    );
    return lifetime - initialAge + past;
  });
  return Math.ceil(Math.max(1, ...seconds));
}
