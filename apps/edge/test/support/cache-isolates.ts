import type { CacheApi, CacheStore, CacheEntry } from '@room-recordings/http-cache';
import { createTieredStore } from '../../src/recordings/tiered-store.ts';
import { NOW, type FakeClock, createFakeClock } from '@room-recordings/testing/fake-clock';

/** The cache key of the recording in these tests. */
export const KEY = 'https://edge.invalid/key';

/** Creates an entry that is fresh for a minute. */
export function createEntry(text: string, storedAt: number = NOW, status = 200): CacheEntry {
  const times = { storedAt, initialAge: 0, lifetime: 60, staleWhileRevalidate: 600, staleIfError: 3600 };
  const rest = { headers: [], cacheStatus: '', vary: [], etag: null, lastModified: null };
  return { variants: [{ status, body: new TextEncoder().encode(text), ...times, ...rest }] };
}

/** Returns the body of an entry as text; undefined without an entry. */
export const readText = (entry: CacheEntry | undefined): string | undefined =>
  entry?.variants.map(({ body }) => new TextDecoder().decode(body ?? undefined)).join();

type Counts = Record<'match' | 'put' | 'delete', number>;

/** A Cache API with delays. */
interface SlowCacheApi {
  readonly api: CacheApi;
  /** The delay of each operation, milliseconds. */
  readonly delays: Counts;
  /** The number of operations that have started. */
  readonly started: Readonly<Counts>;
}

/** Two stores with separate memories and one Cache API. */
interface Isolates extends SlowCacheApi {
  readonly clock: FakeClock;
  readonly a: CacheStore;
  readonly b: CacheStore;
}

/** Creates a Cache API with delays. A read returns the entry of the time at which the read started. */
function createSlowCacheApi({ sleep }: FakeClock): SlowCacheApi {
  const responses = new Map<string, Response>();
  const delays = { match: 0, put: 0, delete: 0 };
  const started = { match: 0, put: 0, delete: 0 };
  const toUrl = (key: RequestInfo | URL) => (key instanceof Request ? key.url : String(key));
  const start = (operation: keyof Counts) => {
    started[operation] += 1;
    const ms = delays[operation];
    return ms === 0 ? Promise.resolve() : sleep(ms, new AbortController().signal);
  };
  const api: CacheApi = {
    async match(key) {
      const found = responses.get(toUrl(key))?.clone();
      await start('match');
      return found;
    },
    async put(key, response) {
      await start('put');
      responses.set(toUrl(key), response);
    },
    async delete(key) {
      await start('delete');
      return responses.delete(toUrl(key));
    },
  };
  return { api, delays, started };
}

/** Creates two isolates with empty memories. */
export function createIsolates(): Isolates {
  const clock = createFakeClock();
  const slow = createSlowCacheApi(clock);
  const [a, b] = [createTieredStore(2 ** 20, slow.api, clock), createTieredStore(2 ** 20, slow.api, clock)];
  return { clock, ...slow, a, b };
}
