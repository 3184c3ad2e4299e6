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
import { createEntry, KEY, createIsolates, readText } from '../support/cache-isolates.ts';

describe('a slow read of the shared cache', () => {
  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    { name: 'a 404', change: (store) => store.set(KEY, createEntry('gone', NOW, 404)), expected: 'gone' },
    { name: 'a newer 200', change: (store) => store.set(KEY, createEntry('newer')), expected: 'newer' },
    { name: 'a purge', change: (store) => store.delete(KEY), expected: undefined },
  ])('does not undo $name that comes in the meantime', async ({ change, expected }) => {
    const { clock, a, b, delays } = createIsolates();
    await a.set(KEY, createEntry('old', NOW - 1000));
    delays.match = 200;
    const pending = b.get(KEY);
    await clock.advance(100);
    await change(b);
    await clock.advance(100);
    expect(readText(await pending)).toBe(expected);
    expect(readText(b.getSync?.(KEY))).toBe(expected);
  });

  it('is shared by concurrent gets, and its result is kept in memory', async () => {
    const { clock, a, b, delays, started } = createIsolates();
    await a.set(KEY, createEntry('old'));
    delays.match = 200;
    const pending = Promise.all([b.get(KEY), b.get(KEY)]);
    await clock.advance(200);
    expect((await pending).map(readText)).toEqual(['old', 'old']);
    expect(readText(b.getSync?.(KEY))).toBe('old');
    expect(started.match).toBe(1);
  });

  it('that failed does not prevent another read', async () => {
    const { a, b, api } = createIsolates();
    await a.set(KEY, createEntry('old'));
    const { match } = api;
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    await expect(b.get(KEY)).rejects.toThrow('gone');
    api.match = match;
    expect(readText(await b.get(KEY))).toBe('old');
  });

  it('keeps its result although 1,024 other reads are pending', async () => {
    const { clock, a, b, delays } = createIsolates();
    await a.set(KEY, createEntry('old'));
    delays.match = 200;
    const pending = b.get(KEY);
    for (let index = 0; index < 1_024; index += 1) void b.get(`${KEY}/${index}`);
    await clock.advance(200);
    expect(readText(await pending)).toBe('old');
    expect(readText(b.getSync?.(KEY))).toBe('old');
  });
});

describe('a read of the shared cache that never settles', () => {
  /** On Workers, a read and its timers stop when the request that started it has its response. */
  async function startStuckRead() {
    const isolates = createIsolates();
    await isolates.a.set(KEY, createEntry('old'));
    isolates.delays.match = Infinity;
    void isolates.b.get(KEY);
    isolates.delays.match = 0;
    return isolates;
  }

  it('is joined by other gets for one second', async () => {
    const { clock, b, started } = await startStuckRead();
    clock.skip(999);
    void b.get(KEY);
    expect(started.match).toBe(1);
    clock.skip(1);
    expect(readText(await b.get(KEY))).toBe('old');
    expect(readText(b.getSync?.(KEY))).toBe('old');
  });

  it('is not joined if the clock is set back', async () => {
    const { clock, b } = await startStuckRead();
    clock.skip(-1_000);
    expect(readText(await b.get(KEY))).toBe('old');
  });
});

/** Returns the entry with an initial age of one minute. */
const withInitialAge = ({ variants }: CacheEntry): CacheEntry => ({
  variants: variants.map((stored) => ({ ...stored, initialAge: 60 })),
});

describe('a stale entry in memory', () => {
  /** Creates isolates of which B has the first entry in memory, and A has stored the second one in the shared cache. */
  async function createIsolatesWith(held: CacheEntry, shared: CacheEntry) {
    const isolates = createIsolates();
    isolates.clock.skip(60_000);
    await isolates.b.set(KEY, held);
    await isolates.a.set(KEY, shared);
    return isolates;
  }

  it.each([
    {
      name: 'is replaced by a 200 that another isolate has revalidated',
      status: 200,
      storedAt: NOW + 60_000,
      expected: 'shared',
    },
    {
      name: 'is replaced by a newer 200 of another isolate',
      status: 404,
      storedAt: NOW + 1,
      expected: 'shared',
    },
    {
      name: 'is not replaced by a 200 with the same time',
      status: 404,
      storedAt: NOW,
      expected: 'held',
    },
    {
      name: 'is not replaced by an older 200',
      status: 200,
      storedAt: NOW - 1,
      expected: 'held',
    },
  ])('with the status $status $name', async ({ status, storedAt, expected }) => {
    const { b } = await createIsolatesWith(createEntry('held', NOW, status), createEntry('shared', storedAt));
    expect(readText(await b.get(KEY))).toBe(expected);
    expect(readText(b.getSync?.(KEY))).toBe(expected);
  });

  it('is returned after 80 ms if the shared cache is slow, and the late result is kept', async () => {
    const { b, clock, delays } = await createIsolatesWith(
      createEntry('held'),
      createEntry('shared', NOW + 60_000),
    );
    delays.match = 200;
    let returned: string | undefined;
    void Promise.resolve(b.get(KEY)).then((entry) => (returned = readText(entry)));
    await clock.advance(79);
    expect(returned).toBeUndefined();
    await clock.advance(1);
    expect(returned).toBe('held');
    await clock.advance(120);
    expect(readText(b.getSync?.(KEY))).toBe('shared');
    expect(clock.pending()).toBe(0);
  });

  it.each<{ name: string; change: (store: CacheStore) => unknown; expected: string | undefined }>([
    {
      name: 'a newer entry',
      change: (store) => store.set(KEY, createEntry('newer', NOW + 60_000)),
      expected: 'newer',
    },
    { name: 'a purge', change: (store) => store.delete(KEY), expected: undefined },
  ])('is replaced by $name that comes while the shared cache is slow', async ({ change, expected }) => {
    const { b, clock, delays } = await createIsolatesWith(
      createEntry('held'),
      createEntry('shared', NOW + 60_000),
    );
    delays.match = 200;
    const pending = b.get(KEY);
    await clock.advance(10);
    await change(b);
    await clock.advance(70);
    expect(readText(await pending)).toBe(expected);
  });

  it('is returned if the shared cache fails or has no entry', async () => {
    const { a, b, api } = await createIsolatesWith(createEntry('held'), createEntry('shared'));
    await a.delete(KEY);
    expect(readText(await b.get(KEY))).toBe('held');
    api.match = () => Promise.reject(new Error('The cache is gone.'));
    expect(readText(await b.get(KEY))).toBe('held');
  });

  it('does not become fresh again if the clock is set back', async () => {
    const { b, clock } = await createIsolatesWith(
      withInitialAge(createEntry('held', NOW + 60_000)),
      createEntry('shared', NOW + 60_001),
    );
    clock.skip(-60_000);
    const [stored] = (await b.get(KEY))?.variants ?? [];
    expect(stored && isFresh(stored, currentAge(stored, clock.now()))).toBe(false);
  });

  it('is not looked up in the shared cache as long as it is fresh', async () => {
    const { b, started } = await createIsolatesWith(
      createEntry('held', NOW + 1),
      createEntry('shared', NOW + 60_000),
    );
    expect(readText(await b.get(KEY))).toBe('held');
    expect(started.match).toBe(0);
  });
});

it('a read deletes an entry from the shared cache once it may not be served stale, by the clock of the edge', async () => {
  const { a, b, api, clock } = createIsolates();
  await a.set(KEY, createEntry('old'));
  clock.skip(3_659_999);
  expect(readText(await b.get(KEY))).toBe('old');
  await b.delete(KEY);
  await a.set(KEY, createEntry('old'));
  clock.skip(1);
  expect(await b.get(KEY)).toBeUndefined();
  expect(await api.match(`https://http-cache.invalid/${encodeURIComponent(KEY)}`)).toBeUndefined();
});

describe('the URL of a key in the Cache API', () => {
  async function collectUrls(publicUrl: string | undefined): Promise<readonly string[]> {
    const urls: string[] = [];
    const record = async (url: RequestInfo | URL) => void urls.push(new Request(url).url);
    const api: CacheApi = {
      match: (url) => record(url).then(() => undefined),
      put: record,
      delete: (url) => record(url).then(() => true),
    };
    const store = createTieredStore(2 ** 20, api, { ...createFakeClock(), publicUrl });
    await store.get(KEY);
    await store.set(KEY, createEntry('text'));
    await store.delete(KEY);
    return [...new Set(urls)];
  }

  it('is on the host of PUBLIC_URL, below a path that the edge does not serve', async () => {
    const prefix = 'https://recordings.example.com/.room-recordings-cache/';
    expect(await collectUrls('https://recordings.example.com')).toEqual([prefix + encodeURIComponent(KEY)]);
    expect(matchRoute('/.room-recordings-cache/x')).toBeUndefined();
  });

  it('is on a reserved host without PUBLIC_URL', async () => {
    expect(await collectUrls(undefined)).toEqual([`https://http-cache.invalid/${encodeURIComponent(KEY)}`]);
  });
});
