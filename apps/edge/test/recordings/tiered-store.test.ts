import {
  currentAge,
  isFresh,
  type CacheApi,
  type CacheStore,
  type CacheEntry,
} from '@room-recordings/http-cache';
import { describe, expect, it } from 'vitest';
import { createTieredStore } from '../../src/recordings/tiered-store.ts';
import { matchRoute } from '../../src/routes/router.ts';
import { createFakeClock, NOW } from '@room-recordings/testing/fake-clock';
import { entryOf, KEY, makeIsolates, textOf } from '../isolates.ts';

describe('a read of the shared cache that comes late', () => {
  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    { name: 'a 404', change: (store) => store.set(KEY, entryOf('gone', NOW, 404)), expected: 'gone' },
    { name: 'a newer 200', change: (store) => store.set(KEY, entryOf('newer')), expected: 'newer' },
    { name: 'a purge', change: (store) => store.delete(KEY), expected: undefined },
  ])('$name that came meanwhile stays', async ({ change, expected }) => {
    const { clock, a, b, wait } = makeIsolates();
    await a.set(KEY, entryOf('old', NOW - 1000));
    wait.match = 200;
    const reading = b.get(KEY);
    await clock.advance(100);
    await change(b);
    await clock.advance(100);
    expect(textOf(await reading)).toBe(expected);
    expect(textOf(b.getSync?.(KEY))).toBe(expected);
  });

  it('is kept where nothing came meanwhile, and made once for all who ask', async () => {
    const { clock, a, b, wait, begun } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    wait.match = 200;
    const asked = Promise.all([b.get(KEY), b.get(KEY)]);
    await clock.advance(200);
    expect((await asked).map(textOf)).toEqual(['old', 'old']);
    expect(textOf(b.getSync?.(KEY))).toBe('old');
    expect(begun.match).toBe(1);
  });

  it('keeps nobody from reading again once it has failed', async () => {
    const { a, b, api } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    const { match } = api;
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    await expect(b.get(KEY)).rejects.toThrow('gone');
    api.match = match;
    expect(textOf(await b.get(KEY))).toBe('old');
  });

  it('is given and kept however many others are on their way', async () => {
    const { clock, a, b, wait } = makeIsolates();
    await a.set(KEY, entryOf('old'));
    wait.match = 200;
    const asked = b.get(KEY);
    for (let nth = 0; nth < 1_024; nth += 1) void b.get(`${KEY}/${nth}`);
    await clock.advance(200);
    expect(textOf(await asked)).toBe('old');
    expect(textOf(b.getSync?.(KEY))).toBe('old');
  });
});

describe('a read of the shared cache that never ends', () => {
  /** As on Workers, where the request that began it has been answered: nothing of it goes on, its timers neither. */
  async function lose() {
    const world = makeIsolates();
    await world.a.set(KEY, entryOf('old'));
    world.wait.match = Infinity;
    void world.b.get(KEY);
    world.wait.match = 0;
    return world;
  }

  it('is joined for a second, and then no more', async () => {
    const { clock, b, begun } = await lose();
    clock.skip(999);
    void b.get(KEY);
    expect(begun.match).toBe(1);
    clock.skip(1);
    expect(textOf(await b.get(KEY))).toBe('old');
    expect(textOf(b.getSync?.(KEY))).toBe('old');
  });

  it('is not joined for longer by a clock that was put back', async () => {
    const { clock, b } = await lose();
    clock.skip(-1_000);
    expect(textOf(await b.get(KEY))).toBe('old');
  });
});

/** The same answer, a minute old when it came. */
const old = ({ variants }: CacheEntry): CacheEntry => ({
  variants: variants.map((stored) => ({ ...stored, initialAge: 60 })),
});

describe('what is in memory and no longer fresh', () => {
  /** Isolate B holds something stale, and A has stored another thing in the shared cache. */
  async function age(held: CacheEntry, shared: CacheEntry) {
    const world = makeIsolates();
    world.clock.skip(60_000);
    await world.b.set(KEY, held);
    await world.a.set(KEY, shared);
    return world;
  }

  it.each([
    {
      name: 'a 200 gives way to the one that another isolate has refreshed',
      status: 200,
      storedAt: NOW + 60_000,
      expected: 'shared',
    },
    {
      name: 'a 404 gives way to a 200 that another isolate has found since',
      status: 404,
      storedAt: NOW + 1,
      expected: 'shared',
    },
    { name: 'a 404 stays before a 200 of the same moment', status: 404, storedAt: NOW, expected: 'held' },
    { name: 'a 200 stays before an older one', status: 200, storedAt: NOW - 1, expected: 'held' },
  ])('$name', async ({ status, storedAt, expected }) => {
    const { b } = await age(entryOf('held', NOW, status), entryOf('shared', storedAt));
    expect(textOf(await b.get(KEY))).toBe(expected);
    expect(textOf(b.getSync?.(KEY))).toBe(expected);
  });

  it('is answered after 80 ms where the shared cache is slow, and what comes late is kept', async () => {
    const { b, clock, wait } = await age(entryOf('held'), entryOf('shared', NOW + 60_000));
    wait.match = 200;
    let answered: string | undefined;
    void Promise.resolve(b.get(KEY)).then((entry) => (answered = textOf(entry)));
    await clock.advance(79);
    expect(answered).toBeUndefined();
    await clock.advance(1);
    expect(answered).toBe('held');
    await clock.advance(120);
    expect(textOf(b.getSync?.(KEY))).toBe('shared');
    expect(clock.pending()).toBe(0);
  });

  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    {
      name: 'a refresh',
      change: (store) => store.set(KEY, entryOf('newer', NOW + 60_000)),
      expected: 'newer',
    },
    { name: 'a purge', change: (store) => store.delete(KEY), expected: undefined },
  ])('$name while the shared cache is slow decides what is answered', async ({ change, expected }) => {
    const { b, clock, wait } = await age(entryOf('held'), entryOf('shared', NOW + 60_000));
    wait.match = 200;
    const asked = b.get(KEY);
    await clock.advance(10);
    await change(b);
    await clock.advance(70);
    expect(textOf(await asked)).toBe(expected);
  });

  it('stays where the shared cache fails or has nothing', async () => {
    const { a, b, api } = await age(entryOf('held'), entryOf('shared'));
    await a.delete(KEY);
    expect(textOf(await b.get(KEY))).toBe('held');
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    expect(textOf(await b.get(KEY))).toBe('held');
  });

  it('what came at the end of its lifetime is not fresh again when the clock was put back', async () => {
    const { b, clock } = await age(old(entryOf('held', NOW + 60_000)), entryOf('shared', NOW + 60_001));
    clock.skip(-60_000);
    const [stored] = (await b.get(KEY))?.variants ?? [];
    expect(stored && isFresh(stored, currentAge(stored, clock.now()))).toBe(false);
  });

  it('while it is fresh the shared cache is not asked', async () => {
    const { b, begun } = await age(entryOf('held', NOW + 1), entryOf('shared', NOW + 60_000));
    expect(textOf(await b.get(KEY))).toBe('held');
    expect(begun.match).toBe(0);
  });
});

it('what is of no more use leaves the shared cache when it is read, by the edge’s own clock', async () => {
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

describe('the URL of a key in the Cache API', () => {
  async function urlsOf(publicUrl: string | undefined): Promise<readonly string[]> {
    const urls: string[] = [];
    const note = async (url: RequestInfo | URL) => void urls.push(new Request(url).url);
    const api: CacheApi = {
      match: (url) => note(url).then(() => undefined),
      put: note,
      delete: (url) => note(url).then(() => true),
    };
    const store = createTieredStore(2 ** 20, api, { ...createFakeClock(), publicUrl });
    await store.get(KEY);
    await store.set(KEY, entryOf('text'));
    await store.delete(KEY);
    return [...new Set(urls)];
  }

  it('is on the host of PUBLIC_URL, below a path that the edge does not serve', async () => {
    const prefix = 'https://recordings.example.com/.room-recordings-cache/';
    expect(await urlsOf('https://recordings.example.com')).toEqual([prefix + encodeURIComponent(KEY)]);
    expect(matchRoute('/.room-recordings-cache/x')).toBeUndefined();
  });

  it('is on a reserved host without PUBLIC_URL', async () => {
    expect(await urlsOf(undefined)).toEqual([`https://http-cache.invalid/${encodeURIComponent(KEY)}`]);
  });
});
