import type { CacheApi, CacheStore, Entry } from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { recordingsStore } from '../src/store.ts';
import { NOW, type Clock, makeClock } from './clock.ts';

const KEY = 'https://edge.invalid/key';

/** An answer that is fresh for a minute. */
function entryOf(text: string, storedAt = NOW, status = 200): Entry {
  const times = { storedAt, initialAge: 0, lifetime: 60, staleWhileRevalidate: 600, staleIfError: 3600 };
  const rest = { headers: [], cacheStatus: '', vary: [], etag: null, lastModified: null };
  return { variants: [{ status, body: new TextEncoder().encode(text), ...times, ...rest }] };
}

const textOf = (entry: Entry | undefined) =>
  entry?.variants.map(({ body }) => new TextDecoder().decode(body ?? undefined)).join();

/** A Cache API that takes some milliseconds for each thing; what is read is what was there when it was asked for. */
function slowApi({ delay }: Clock) {
  const kept = new Map<string, Response>();
  const wait = { match: 0, put: 0, delete: 0 };
  let reads = 0;
  const pass = (ms: number) => (ms === 0 ? Promise.resolve() : delay(ms, new AbortController().signal));
  const urlOf = (key: RequestInfo | URL) => (key instanceof Request ? key.url : String(key));
  const api: CacheApi = {
    async match(key) {
      reads += 1;
      const found = kept.get(urlOf(key))?.clone();
      await pass(wait.match);
      return found;
    },
    async put(key, response) {
      await pass(wait.put);
      kept.set(urlOf(key), response);
    },
    async delete(key) {
      await pass(wait.delete);
      return kept.delete(urlOf(key));
    },
  };
  return { api, wait, reads: () => reads };
}

/** Two isolates before one Cache API. */
function makeIsolates() {
  const clock = makeClock();
  const slow = slowApi(clock);
  const [a, b] = [recordingsStore(2 ** 20, slow.api, clock), recordingsStore(2 ** 20, slow.api, clock)];
  return { clock, ...slow, a, b };
}

describe('a read of the shared cache that comes late', () => {
  it.each<[string, (store: CacheStore) => unknown, string | undefined]>([
    ['R41: a 404', (store) => store.set(KEY, entryOf('gone', NOW, 404)), 'gone'],
    ['R31: a newer 200', (store) => store.set(KEY, entryOf('newer')), 'newer'],
    ['F36: a purge', (store) => store.delete(KEY), undefined],
  ])('%s that came meanwhile stays', async (_what, change, expected) => {
    const { clock, a, b, wait } = makeIsolates();
    await a.set(KEY, entryOf('old', NOW - 1000));
    wait.match = 200;
    const reading = b.get(KEY);
    await clock.pass(100);
    await change(b);
    await clock.pass(100);
    expect(textOf(await reading)).toBe(expected);
    expect(textOf(b.peek?.(KEY))).toBe(expected);
  });

  it('F35: is kept where nothing came meanwhile, and made once for all who ask', async () => {
    const { clock, a, b, wait, reads } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    wait.match = 200;
    const asked = Promise.all([b.get(KEY), b.get(KEY)]);
    await clock.pass(200);
    expect((await asked).map(textOf)).toEqual(['old', 'old']);
    expect(textOf(b.peek?.(KEY))).toBe('old');
    expect(reads()).toBe(1);
  });

  it('F35: keeps nobody from reading again once it has failed', async () => {
    const { a, b, api } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    const { match } = api;
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    await expect(b.get(KEY)).rejects.toThrow('gone');
    api.match = match;
    expect(textOf(await b.get(KEY))).toBe('old');
  });
});

describe('what is in memory and no longer fresh', () => {
  /** Isolate B holds something stale, and A has stored another thing in the shared cache. */
  async function age(held: Entry, shared: Entry) {
    const world = makeIsolates();
    world.clock.skip(60_000);
    await world.b.set(KEY, held);
    await world.a.set(KEY, shared);
    return world;
  }

  it.each([
    ['R38: a 200 gives way to the one that another isolate has refreshed', 200, NOW + 60_000, 'shared'],
    ['R41: a 404 gives way to a 200 that another isolate has found since', 404, NOW + 1, 'shared'],
    ['R41: a 404 stays before a 200 of the same moment', 404, NOW, 'held'],
    ['R38: a 200 stays before an older one', 200, NOW - 1, 'held'],
  ])('%s', async (_what, status, storedAt, expected) => {
    const { b } = await age(entryOf('held', NOW, status), entryOf('shared', storedAt));
    expect(textOf(await b.get(KEY))).toBe(expected);
    expect(textOf(b.peek?.(KEY))).toBe(expected);
  });

  it('R38, F35: is answered after 30 ms where the shared cache is slow, and what comes late is kept', async () => {
    const { b, clock, wait } = await age(entryOf('held'), entryOf('shared', NOW + 60_000));
    wait.match = 200;
    let answered: string | undefined;
    void Promise.resolve(b.get(KEY)).then((entry) => (answered = textOf(entry)));
    await clock.pass(29);
    expect(answered).toBeUndefined();
    await clock.pass(1);
    expect(answered).toBe('held');
    await clock.pass(170);
    expect(textOf(b.peek?.(KEY))).toBe('shared');
    expect(clock.waiting()).toBe(0);
  });

  it('F35: stays where the shared cache fails or has nothing', async () => {
    const { a, b, api } = await age(entryOf('held'), entryOf('shared'));
    await a.delete(KEY);
    expect(textOf(await b.get(KEY))).toBe('held');
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    expect(textOf(await b.get(KEY))).toBe('held');
  });

  it('R27: while it is fresh the shared cache is not asked', async () => {
    const { b, reads } = await age(entryOf('held', NOW + 1), entryOf('shared', NOW + 60_000));
    expect(textOf(await b.get(KEY))).toBe('held');
    expect(reads()).toBe(0);
  });
});

it('S69: what is of no more use leaves the shared cache when it is read, by the edge’s own clock', async () => {
  const { a, b, api, clock } = makeIsolates();
  await a.set(KEY, entryOf('old'));
  clock.skip(3_659_999);
  expect(textOf(await b.get(KEY))).toBe('old');
  await b.delete(KEY);
  await a.set(KEY, entryOf('old'));
  clock.skip(1);
  expect(await b.get(KEY)).toBeUndefined();
  expect(await api.match(`https://http-cache.invalid/${encodeURIComponent(KEY)}`)).toBeUndefined();
});
