import {
  cacheApiStore,
  createHttpCache,
  memoryStore,
  type CacheStore,
  type CacheEntry,
} from '../../src/index.ts';
import { encodeEntry, decodeEntry } from '../../src/stores/entry-codec.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { entryOf } from '../harness/entry.ts';
import { openCache } from '../harness/cache-api.ts';
import { fresh, makeWorld, reply, START, statusOf, turn } from '../harness/world.ts';

const KEY = 'https://origin.test/';

const never = new Promise<never>(() => undefined);

const envelopes = checkEach(
  'an envelope that is %s holds no entry',
  [
    ['empty', new Uint8Array()],
    ['no JSON', new Uint8Array([0, 0, 0, 1, 65])],
    ['something else', new TextEncoder().encode('\0\0\0\x02{}')],
    ['cut short', encodeEntry(entryOf(9)).slice(0, -1)],
    ['too long', new Uint8Array([...encodeEntry(entryOf(9)), 0])],
  ],
  (_, bytes) => {
    let entry: unknown;
    try {
      entry = decodeEntry(bytes);
    } catch {
      // As good as none: the cache takes whatever a store throws for a miss.
    }
    equal(entry, undefined);
  },
);

export const stores: readonly Case[] = [
  ...envelopes,
  check('F35 a store that hangs is a miss after 50 ms, and its late answer nobody’s', async () => {
    const store: CacheStore = { get: () => never, set: () => never, delete: () => never };
    const world = makeWorld(() => fresh(), { store });
    const asked = world.get();
    await turn();
    equal(
      world.timers.map(({ ms }) => ms),
      [50],
    );
    world.timers[0]?.fire();
    equal(await (await asked).text(), 'hello');
    const purged = world.cache.purge(KEY);
    for (const { fire } of world.timers) fire();
    await purged;
  }),
  check(
    'a store that takes its time is asked once for a miss, and who comes meanwhile is given the answer',
    async () => {
      let reads = 0;
      const writes: (() => void)[] = [];
      const kept = new Map<string, CacheEntry>();
      const store: CacheStore = {
        get: async (key) => {
          reads += 1;
          return kept.get(key);
        },
        set: (key, entry) =>
          new Promise((resolve) => {
            writes.push(() => {
              kept.set(key, entry);
              resolve();
            });
          }),
        delete: async (key) => void kept.delete(key),
      };
      const world = makeWorld(() => fresh(), { store });
      await world.get();
      equal(statusOf(await world.get()), 'http-cache; fwd=uri-miss; collapsed');
      equal([reads, world.sent.length], [2, 1]);
      writes[0]?.();
      await world.settle();
      equal(statusOf(await world.get()), 'http-cache; hit; ttl=60');
      equal(world.cache.lookup(KEY), undefined, 'lookup asks no such store');
      equal(reads, 3, 'look-ups');
    },
  ),
  check('memoryStore drops first what has not been used since it came', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    for (const key of ['a', 'b', 'c']) store.set(key, entryOf(500));
    store.get('a');
    for (const key of ['d', 'e']) store.set(key, entryOf(500));
    equal(
      ['a', 'b', 'c', 'd', 'e'].map((key) => store.get(key) !== undefined),
      [true, false, true, true, true],
    );
  }),
  check('memoryStore takes what is new where all else is in use, and then drops the oldest', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    const keys = ['a', 'b', 'c', 'd'];
    for (const key of keys) store.set(key, entryOf(500));
    for (const key of keys) store.get(key);
    store.set('e', entryOf(500));
    equal(
      [...keys, 'e'].map((key) => store.get(key) !== undefined),
      [false, true, true, true, true],
    );
  }),
  check('memoryStore counts an entry again when it is replaced or deleted', () => {
    const store = memoryStore({ maxBytes: 6100 * (8 / 7) });
    for (let round = 0; round < 9; round += 1) store.set('a', entryOf(3000));
    store.set('b', entryOf(500));
    equal([store.get('a') !== undefined, store.get('b') !== undefined], [true, true]);
    store.delete('a');
    store.delete('a');
    store.set('c', entryOf(3000));
    equal([store.get('b') !== undefined, store.get('c') !== undefined], [true, true]);
  }),
  check('memoryStore does not take what is larger than all of it, and keeps the rest', () => {
    const store = memoryStore({ maxBytes: 8000 });
    store.set('a', entryOf(10));
    store.set('b', entryOf(9000));
    equal([store.get('a') !== undefined, store.get('b')], [true, undefined]);
    store.set('a', entryOf(9000));
    equal(store.get('a'), undefined, 'nor what it replaces');
  }),
  check('memoryStore counts keys, headers and Vary as well', () => {
    const store = memoryStore({ maxBytes: 20_000 });
    const [variant] = entryOf(0).variants;
    const large = 'x'.repeat(9000);
    if (variant === undefined) return;
    store.set(large, entryOf(0));
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
  check('memoryStore keeps errors apart: however many, they push no answer out', async () => {
    const world = makeWorld(({ url }) => fresh({}, 'x', url.endsWith('/good') ? 200 : 404), {
      store: memoryStore({ maxBytes: 64 * 1024 }),
    });
    await world.get('/good');
    for (let nth = 0; nth < 500; nth += 1) await world.get(`/${nth}`);
    await world.get('/499');
    await world.get('/good');
    equal(world.sent.length, 501, 'requests');
    world.answer(() => fresh({}, 'back'));
    world.pass(61);
    await world.get('/499');
    equal(await (await world.get('/499')).text(), 'back');
  }),
  check('a body too long for the store is passed on as it comes, whole', async () => {
    const chunks = ['a', 'b', 'c', 'd'].map((letter) => new TextEncoder().encode(letter.repeat(3000)));
    let pulled = 0;
    const makeBody = (): ReadableStream<Uint8Array> =>
      new ReadableStream(
        {
          pull: (body) => {
            const chunk = chunks[pulled];
            pulled += 1;
            if (chunk === undefined) body.close();
            else body.enqueue(chunk);
          },
        },
        { highWaterMark: 0 },
      );
    const world = makeWorld(() => fresh({}, makeBody()), { store: memoryStore({ maxBytes: 8000 }) });
    const response = await world.get();
    equal([pulled, statusOf(response)], [3, 'http-cache; fwd=uri-miss; fwd-status=200']);
    equal((await response.text()).length, 12_000);
    pulled = 0;
    const second = await world.get();
    await second.body?.cancel();
    equal(world.sent.length, 2, 'requests');
  }),
  check(
    'an entry in the Cache API survives what the API drops: private, Set-Cookie, errors, Vary',
    async () => {
      const store = cacheApiStore(await openCache(), { now: () => START });
      const fields = {
        'cdn-cache-control': 'max-age=60',
        'cache-control': 'private',
        'set-cookie': ['a=1', 'b=2'],
        vary: 'x',
      };
      const world = makeWorld((request) => reply(fields, request.headers.get('x'), 404), { store });
      for (const x of ['1', '', '2']) await world.get('/', { x }).then(() => world.settle());
      const hit = await world.get('/', { x: '1' });
      equal([hit.status, statusOf(hit), world.sent.length], [404, 'http-cache; hit; ttl=60', 3]);
      equal(hit.headers.getSetCookie(), ['a=1', 'b=2']);
      await world.cache.purge(KEY);
      equal(await store.get(KEY), undefined);
    },
  ),
  check('an entry in the Cache API comes back as it was, bodies or none', async () => {
    const [one] = entryOf(5).variants;
    const [other] = entryOf(0, 204).variants;
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
  check('garbage in the Cache API is a miss', async () => {
    const api = await openCache();
    const headers = { 'cache-control': 'max-age=60' };
    await api.put('https://http-cache.invalid/k', new Response('not an envelope at all', { headers }));
    const cache = createHttpCache({
      store: cacheApiStore(api),
      fetch: async () => fresh(),
      cacheKey: () => 'k',
    });
    equal(await (await cache.fetch(new Request(KEY))).text(), 'hello');
  }),
  check('what has become of no use is deleted from the Cache API when it is read', async () => {
    let now = START;
    const api = await openCache();
    const store = cacheApiStore(api, { now: () => now });
    const [kept] = entryOf(5).variants;
    if (kept === undefined) return;
    for (const [windows, seconds] of [
      [{ initialAge: 20 }, 40],
      [{ staleWhileRevalidate: 30, staleIfError: 20 }, 90],
      [{ staleWhileRevalidate: 20, staleIfError: 30 }, 90],
      [{ etag: '"a"' }, 60 + 86_400],
    ] as const) {
      const entry = { variants: [{ ...kept, ...windows }] };
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
