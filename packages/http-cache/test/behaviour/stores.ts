import {
  cacheApiStore,
  createHttpCache,
  memoryStore,
  type CacheStore,
  type CacheEntry,
} from '../../src/index.ts';
import { encodeEntry, decodeEntry } from '../../src/stores/entry-codec.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createEntry } from '../harness/create-entry.ts';
import { openCache } from '../harness/fake-cache-api.ts';
import { fresh, createHarness, reply, START, cacheStatus, flush } from '../harness/harness.ts';

const KEY = 'https://origin.test/';

const never = new Promise<never>(() => undefined);

const invalidBytes = checkEach(
  'an encoded entry that is $name cannot be decoded',
  [
    { name: 'empty', bytes: new Uint8Array() },
    { name: 'not JSON', bytes: new Uint8Array([0, 0, 0, 1, 65]) },
    { name: 'another JSON value', bytes: new TextEncoder().encode('\0\0\0\x02{}') },
    { name: 'truncated', bytes: encodeEntry(createEntry(9)).slice(0, -1) },
    { name: 'too long', bytes: new Uint8Array([...encodeEntry(createEntry(9)), 0]) },
  ],
  ({ bytes }) => {
    let entry: unknown;
    try {
      entry = decodeEntry(bytes);
    } catch {
      // An error is equivalent to undefined: the cache treats an error of a store as a miss.
    }
    equal(entry, undefined);
  },
);

export const stores: readonly Case[] = [
  ...invalidBytes,
  check('a store that hangs is a miss after 50 ms, and its late result is ignored', async () => {
    const store: CacheStore = { get: () => never, set: () => never, delete: () => never };
    const harness = createHarness(() => fresh(), { store });
    const pending = harness.get();
    await flush();
    equal(
      harness.timers.map(({ ms }) => ms),
      [50],
    );
    harness.timers[0]?.fire();
    equal(await (await pending).text(), 'hello');
    const purged = harness.cache.purge(KEY);
    for (const { fire } of harness.timers) fire();
    await purged;
  }),
  check('a slow store is read once for a miss, and concurrent requests share the response', async () => {
    let reads = 0;
    const writes: (() => void)[] = [];
    const entries = new Map<string, CacheEntry>();
    const store: CacheStore = {
      get: async (key) => {
        reads += 1;
        return entries.get(key);
      },
      set: (key, entry) =>
        new Promise((resolve) => {
          writes.push(() => {
            entries.set(key, entry);
            resolve();
          });
        }),
      delete: async (key) => void entries.delete(key),
    };
    const harness = createHarness(() => fresh(), { store });
    await harness.get();
    equal(cacheStatus(await harness.get()), 'http-cache; fwd=uri-miss; collapsed');
    equal([reads, harness.originRequests.length], [2, 1]);
    writes[0]?.();
    await harness.settle();
    equal(cacheStatus(await harness.get()), 'http-cache; hit; ttl=60');
    equal(harness.cache.lookup(KEY), undefined, 'lookup without getSync');
    equal(reads, 3, 'lookups');
  }),
  check('`memoryStore` evicts unused entries first', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    for (const key of ['a', 'b', 'c']) store.set(key, createEntry(500));
    store.get('a');
    for (const key of ['d', 'e']) store.set(key, createEntry(500));
    equal(
      ['a', 'b', 'c', 'd', 'e'].map((key) => store.get(key) !== undefined),
      [true, false, true, true, true],
    );
  }),
  check('`memoryStore` evicts the oldest entry if all entries are in use', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    const keys = ['a', 'b', 'c', 'd'];
    for (const key of keys) store.set(key, createEntry(500));
    for (const key of keys) store.get(key);
    store.set('e', createEntry(500));
    equal(
      [...keys, 'e'].map((key) => store.get(key) !== undefined),
      [false, true, true, true, true],
    );
  }),
  check('`memoryStore` updates its size when an entry is replaced or deleted', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    for (let round = 0; round < 9; round += 1) store.set('a', createEntry(3000));
    store.set('b', createEntry(500));
    equal([store.get('a') !== undefined, store.get('b') !== undefined], [true, true]);
    store.delete('a');
    store.delete('a');
    store.set('c', createEntry(3000));
    equal([store.get('b') !== undefined, store.get('c') !== undefined], [true, true]);
  }),
  check('`memoryStore` ignores an entry larger than its limit and keeps the others', () => {
    const store = memoryStore({ maxBytes: 8000 });
    store.set('a', createEntry(10));
    store.set('b', createEntry(9000));
    equal([store.get('a') !== undefined, store.get('b')], [true, undefined]);
    store.set('a', createEntry(9000));
    equal(store.get('a'), undefined, 'the entry that it replaces');
  }),
  check('`memoryStore` counts keys, headers and Vary', () => {
    const store = memoryStore({ maxBytes: 20_000 });
    const [variant] = createEntry(0).variants;
    const large = 'x'.repeat(9000);
    if (variant === undefined) return;
    store.set(large, createEntry(0));
    equal(store.get(large), undefined, 'a key');
    for (const part of [
      { headers: [['a', large + large] as [string, string]] },
      { vary: [['a', large + large] as const, ['b', null] as const] },
      { cacheStatus: large + large },
    ]) {
      store.set('a', { variants: [{ ...variant, ...part }] });
      equal(store.get('a'), undefined, Object.keys(part)[0]);
    }
  }),
  check('`memoryStore` does not evict other responses in favour of errors', async () => {
    const harness = createHarness(({ url }) => fresh({}, 'x', url.endsWith('/good') ? 200 : 404), {
      store: memoryStore({ maxBytes: 64 * 1024 }),
    });
    await harness.get('/good');
    for (let nth = 0; nth < 500; nth += 1) await harness.get(`/${nth}`);
    await harness.get('/499');
    await harness.get('/good');
    equal(harness.originRequests.length, 501, 'requests');
    harness.setOrigin(() => fresh({}, 'back'));
    harness.advance(61);
    await harness.get('/499');
    equal(await (await harness.get('/499')).text(), 'back');
  }),
  check(
    '`cacheApiStore` stores what the Cache API drops: private responses, Set-Cookie, errors and Vary',
    async () => {
      const store = cacheApiStore(await openCache(), { now: () => START });
      const headers = {
        'cdn-cache-control': 'max-age=60',
        'cache-control': 'private',
        'set-cookie': ['a=1', 'b=2'],
        vary: 'x',
      };
      const harness = createHarness((request) => reply(headers, request.headers.get('x'), 404), { store });
      for (const x of ['1', '', '2']) await harness.get('/', { x }).then(() => harness.settle());
      const hit = await harness.get('/', { x: '1' });
      equal(
        [hit.status, cacheStatus(hit), harness.originRequests.length],
        [404, 'http-cache; hit; ttl=60', 3],
      );
      equal(hit.headers.getSetCookie(), ['a=1', 'b=2']);
      await harness.cache.purge(KEY);
      equal(await store.get(KEY), undefined);
    },
  ),
  check('`cacheApiStore` restores an entry unchanged, with and without bodies', async () => {
    const [one] = createEntry(5).variants;
    const [other] = createEntry(0, 204).variants;
    if (one === undefined || other === undefined) return;
    const entry = {
      variants: [
        { ...one, etag: '"a"' },
        {
          ...other,
          body: null,
          lastModified: 'x',
          headers: [['x', 'é'] as [string, string]],
          vary: [['a', null] as const],
        },
      ],
    };
    const store = cacheApiStore(await openCache(), { now: () => START });
    await store.set('key of any kind /?#', entry);
    equal(await store.get('key of any kind /?#'), entry);
    await store.delete('key of any kind /?#');
    equal(await store.get('key of any kind /?#'), undefined);
  }),
  check('an invalid entry in the Cache API is a miss', async () => {
    const api = await openCache();
    const headers = { 'cache-control': 'max-age=60' };
    await api.put('https://http-cache.invalid/k', new Response('not an encoded entry', { headers }));
    const cache = createHttpCache({
      store: cacheApiStore(api),
      fetch: async () => fresh(),
      cacheKey: () => 'k',
    });
    equal(await (await cache.fetch(new Request(KEY))).text(), 'hello');
  }),
  check('`cacheApiStore` deletes an entry that can no longer be used when it is read', async () => {
    let now = START;
    const api = await openCache();
    const store = cacheApiStore(api, { now: () => now });
    const [stored] = createEntry(5).variants;
    if (stored === undefined) return;
    for (const [windows, seconds] of [
      [{ initialAge: 20 }, 40],
      [{ staleWhileRevalidate: 30, staleIfError: 20 }, 90],
      [{ staleWhileRevalidate: 20, staleIfError: 30 }, 90],
      [{ etag: '"a"' }, 60 + 86_400],
    ] as const) {
      const entry = { variants: [{ ...stored, ...windows }] };
      now = START;
      await store.set('k', entry);
      now += seconds * 1000 - 1;
      equal(await store.get('k'), entry, `before ${seconds} s`);
      now += 1;
      equal(await store.get('k'), undefined, `after ${seconds} s`);
      equal(await api.match('https://http-cache.invalid/k'), undefined, 'left');
    }
  }),
];
