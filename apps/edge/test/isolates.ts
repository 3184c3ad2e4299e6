import type { CacheApi, CacheStore, CacheEntry } from '@room-recordings/http-cache';
import { createTieredStore } from '../src/recordings/tiered-store.ts';
import { NOW, type FakeClock, createFakeClock } from '@room-recordings/testing/fake-clock';

/** The key of the one recording that these tests speak of. */
export const KEY = 'https://edge.invalid/key';

/** An answer that is fresh for a minute. */
export function entryOf(text: string, storedAt: number = NOW, status = 200): CacheEntry {
  const times = { storedAt, initialAge: 0, lifetime: 60, staleWhileRevalidate: 600, staleIfError: 3600 };
  const rest = { headers: [], cacheStatus: '', vary: [], etag: null, lastModified: null };
  return { variants: [{ status, body: new TextEncoder().encode(text), ...times, ...rest }] };
}

/** What an entry says. */
export const textOf = (entry: CacheEntry | undefined): string | undefined =>
  entry?.variants.map(({ body }) => new TextDecoder().decode(body ?? undefined)).join();

type Counts = Record<'match' | 'put' | 'delete', number>;

interface SlowApi {
  readonly api: CacheApi;
  /** How long each thing takes, milliseconds. */
  readonly wait: Counts;
  /** How many of each have been begun. */
  readonly begun: Readonly<Counts>;
}

/** Two stores, each with a memory of its own, before one Cache API. */
interface Isolates extends SlowApi {
  readonly clock: FakeClock;
  readonly a: CacheStore;
  readonly b: CacheStore;
}

/** A Cache API that takes some milliseconds for each thing; what is read is what was there when it was asked for. */
function slowApi({ sleep }: FakeClock): SlowApi {
  const kept = new Map<string, Response>();
  const wait = { match: 0, put: 0, delete: 0 };
  const begun = { match: 0, put: 0, delete: 0 };
  const urlOf = (key: RequestInfo | URL) => (key instanceof Request ? key.url : String(key));
  const take = (what: keyof Counts) => {
    begun[what] += 1;
    const ms = wait[what];
    return ms === 0 ? Promise.resolve() : sleep(ms, new AbortController().signal);
  };
  const api: CacheApi = {
    async match(key) {
      const found = kept.get(urlOf(key))?.clone();
      await take('match');
      return found;
    },
    async put(key, response) {
      await take('put');
      kept.set(urlOf(key), response);
    },
    async delete(key) {
      await take('delete');
      return kept.delete(urlOf(key));
    },
  };
  return { api, wait, begun };
}

/** Makes two isolates, of which neither knows anything yet. */
export function makeIsolates(): Isolates {
  const clock = createFakeClock();
  const slow = slowApi(clock);
  const [a, b] = [createTieredStore(2 ** 20, slow.api, clock), createTieredStore(2 ** 20, slow.api, clock)];
  return { clock, ...slow, a, b };
}
