import { cacheApiStore, type CacheApi, type CacheStore } from '../../src/index.ts';
import { openCache } from '../harness/cache-api.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { entryOf } from '../harness/entry.ts';
import { fresh, makeWorld, START, turn } from '../harness/world.ts';

const never = new Promise<never>(() => undefined);

/** A Cache API that records the URLs it is called with. */
async function recording(): Promise<{ readonly api: CacheApi; readonly urls: string[] }> {
  const inner = await openCache();
  const urls: string[] = [];
  const note = (key: RequestInfo | URL): string => {
    const url = key instanceof Request ? key.url : String(key);
    urls.push(url);
    return url;
  };
  const api: CacheApi = {
    match: (key) => inner.match(note(key)),
    put: (key, response) => inner.put(note(key), response),
    delete: (key) => inner.delete(note(key)),
  };
  return { api, urls };
}

export const cacheApiOptions: readonly Case[] = [
  ...checkEach(
    'cacheApiStore puts the keys below %s',
    [
      ['https://api.example.com', 'https://api.example.com/'],
      ['https://api.example.com/.cache', 'https://api.example.com/.cache/'],
      ['HTTPS://API.example.com:443/.cache/', 'https://api.example.com/.cache/'],
      ['https://user:secret@api.example.com/.cache/?a=1#b', 'https://api.example.com/.cache/'],
      ['http://localhost:8787/x/', 'http://localhost:8787/x/'],
      [undefined, 'https://http-cache.invalid/'],
    ].map(([baseUrl, prefix]) => [baseUrl ?? 'a reserved host by default', baseUrl, prefix] as const),
    async (_, baseUrl, prefix) => {
      const { api, urls } = await recording();
      const store = cacheApiStore(api, { baseUrl, now: () => START });
      await store.set('https://origin.test/a?b', entryOf(5));
      equal(await store.get('https://origin.test/a?b'), entryOf(5));
      await store.delete('https://origin.test/a?b');
      equal(await store.get('https://origin.test/a?b'), undefined);
      equal([...new Set(urls)], [`${prefix}https%3A%2F%2Forigin.test%2Fa%3Fb`]);
    },
  ),
  ...checkEach(
    'cacheApiStore refuses the baseUrl "%s"',
    [[''], ['/cache/'], ['api.example.com'], ['ftp://api.example.com/'], ['https://']],
    (baseUrl) => {
      const api: CacheApi = { match: () => never, put: () => never, delete: () => never };
      let message = '';
      try {
        cacheApiStore(api, { baseUrl });
      } catch (error) {
        message = String(error);
      }
      equal(
        message,
        `TypeError: cacheApiStore: baseUrl is "${baseUrl}". Set it to an absolute http or https URL.`,
      );
    },
  ),
  ...checkEach(
    'a store that hangs is a miss after the time that %s',
    [
      ['it sets itself', { maxWaitMs: 7 }, 7],
      ['is the default if it sets undefined', { maxWaitMs: undefined }, 50],
    ] as readonly (readonly [string, Partial<CacheStore>, number])[],
    async (_, options, expected) => {
      const store: CacheStore = { get: () => never, set: () => never, delete: () => never, ...options };
      const world = makeWorld(() => fresh(), { store });
      const asked = world.get();
      await turn();
      equal(
        world.timers.map(({ ms }) => ms),
        [expected],
      );
      world.timers[0]?.fire();
      equal(await (await asked).text(), 'hello');
      const purged = world.cache.purge('https://origin.test/');
      equal(world.timers.at(-1)?.ms, expected, 'a purge');
      for (const { fire } of world.timers) fire();
      await purged;
    },
  ),
  check('the cache waits 100 ms for the Cache API, or for as long as the option sets', async () => {
    const { api } = await recording();
    equal([cacheApiStore(api).maxWaitMs, cacheApiStore(api, { maxWaitMs: 9 }).maxWaitMs], [100, 9]);
  }),
];
