import { cacheApiStore, type CacheApi, type CacheStore } from '../../src/index.ts';
import { openCache } from '../harness/fake-cache-api.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createEntry } from '../harness/create-entry.ts';
import { fresh, createHarness, START, flush } from '../harness/harness.ts';

const never = new Promise<never>(() => undefined);

/** Creates a Cache API that records the URLs of its calls. */
async function openRecordingCache(): Promise<{ readonly api: CacheApi; readonly urls: string[] }> {
  const inner = await openCache();
  const urls: string[] = [];
  const record = (key: RequestInfo | URL): string => {
    const url = key instanceof Request ? key.url : String(key);
    urls.push(url);
    return url;
  };
  const api: CacheApi = {
    match: (key) => inner.match(record(key)),
    put: (key, response) => inner.put(record(key), response),
    delete: (key) => inner.delete(record(key)),
  };
  return { api, urls };
}

export const cacheApiOptions: readonly Case[] = [
  ...checkEach(
    '`cacheApiStore` stores its keys below $name',
    [
      { baseUrl: 'https://api.example.com', prefix: 'https://api.example.com/' },
      { baseUrl: 'https://api.example.com/.cache', prefix: 'https://api.example.com/.cache/' },
      { baseUrl: 'HTTPS://API.example.com:443/.cache/', prefix: 'https://api.example.com/.cache/' },
      {
        baseUrl: 'https://user:secret@api.example.com/.cache/?a=1#b',
        prefix: 'https://api.example.com/.cache/',
      },
      { baseUrl: 'http://localhost:8787/x/', prefix: 'http://localhost:8787/x/' },
      { baseUrl: undefined, prefix: 'https://http-cache.invalid/' },
    ].map((row) => ({ name: row.baseUrl ?? 'a reserved host by default', ...row })),
    async ({ baseUrl, prefix }) => {
      const { api, urls } = await openRecordingCache();
      const store = cacheApiStore(api, { baseUrl, now: () => START });
      await store.set('https://origin.test/a?b', createEntry(5));
      equal(await store.get('https://origin.test/a?b'), createEntry(5));
      await store.delete('https://origin.test/a?b');
      equal(await store.get('https://origin.test/a?b'), undefined);
      equal([...new Set(urls)], [`${prefix}https%3A%2F%2Forigin.test%2Fa%3Fb`]);
    },
  ),
  ...checkEach(
    '`cacheApiStore` rejects the `baseUrl` "$name"',
    [
      { name: '' },
      { name: '/cache/' },
      { name: 'api.example.com' },
      { name: 'ftp://api.example.com/' },
      { name: 'https://' },
    ],
    ({ name: baseUrl }) => {
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
    'a store that hangs is a miss $name',
    [
      { name: 'after its `maxWaitMs`', options: { maxWaitMs: 7 }, expected: 7 },
      {
        name: 'after the default time if `maxWaitMs` is undefined',
        options: { maxWaitMs: undefined },
        expected: 50,
      },
    ] as readonly {
      readonly name: string;
      readonly options: Partial<CacheStore>;
      readonly expected: number;
    }[],
    async ({ options, expected }) => {
      const store: CacheStore = { get: () => never, set: () => never, delete: () => never, ...options };
      const harness = createHarness(() => fresh(), { store });
      const pending = harness.get();
      await flush();
      equal(
        harness.timers.map(({ ms }) => ms),
        [expected],
      );
      harness.timers[0]?.fire();
      equal(await (await pending).text(), 'hello');
      const purged = harness.cache.purge('https://origin.test/');
      equal(harness.timers.at(-1)?.ms, expected, 'a purge');
      for (const { fire } of harness.timers) fire();
      await purged;
    },
  ),
  check('the cache waits 100 ms for the Cache API, or for the `maxWaitMs` of the store', async () => {
    const { api } = await openRecordingCache();
    equal([cacheApiStore(api).maxWaitMs, cacheApiStore(api, { maxWaitMs: 9 }).maxWaitMs], [100, 9]);
  }),
];
