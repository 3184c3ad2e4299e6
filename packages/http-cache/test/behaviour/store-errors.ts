import type { CacheStore, CacheEntry } from '../../src/index.ts';
import { checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createEntry } from '../harness/create-entry.ts';
import { fresh, createHarness, flush } from '../harness/harness.ts';

const KEY = 'https://origin.test/';
const broken: CacheStore = {
  get: () => {
    throw new Error('get');
  },
  set: () => {
    throw new Error('set');
  },
  delete: () => {
    throw new Error('delete');
  },
};

/** Stores that throw or return invalid entries. */
export const storeErrors: readonly Case[] = checkEach(
  'a store that $name is a miss and does not cause an error',
  [
    { name: 'throws', store: broken },
    { name: 'throws in `getSync`', store: { ...broken, getSync: broken.get } },
    {
      name: 'rejects',
      store: {
        get: () => Promise.reject(new Error()),
        set: async () => Promise.reject(new Error()),
        delete: () => Promise.reject(new Error()),
      },
    },
    { name: 'returns null', store: createStore(null) },
    { name: 'returns a number', store: createStore(7) },
    { name: 'returns an entry without responses', store: createStore({ variants: [] }) },
    { name: 'returns an entry whose response is not an object', store: createStore({ variants: [null] }) },
    { name: 'returns an invalid status', store: createStore(createEntryWith({ status: 999 })) },
    { name: 'returns a string as the status', store: createStore(createEntryWith({ status: '200' })) },
    { name: 'returns headers that are not a list', store: createStore(createEntryWith({ headers: {} })) },
    { name: 'returns headers that are not pairs', store: createStore(createEntryWith({ headers: ['a'] })) },
    { name: 'returns headers without values', store: createStore(createEntryWith({ headers: [['a', 1]] })) },
    { name: 'returns a string as the body', store: createStore(createEntryWith({ body: 'hello' })) },
    { name: 'returns an invalid timestamp', store: createStore(createEntryWith({ storedAt: NaN })) },
    { name: 'returns an invalid Vary', store: createStore(createEntryWith({ vary: [['a', 1]] })) },
    {
      name: 'returns a promise from `getSync`',
      store: { ...createStore(null), getSync: () => Promise.resolve(createEntry(5)) as unknown },
    },
  ] as readonly { readonly name: string; readonly store: CacheStore }[],
  async ({ store }) => {
    const harness = createHarness(() => fresh(), { store });
    equal(harness.cache.lookup(KEY), undefined);
    for (const expected of [1, 2]) {
      equal(await (await harness.get()).text(), 'hello');
      await flush();
      equal(harness.originRequests.length, expected, 'requests');
    }
    await harness.get('/', {}, 'DELETE');
    await harness.cache.purge(KEY);
  },
);

function createStore(value: unknown): CacheStore {
  return { get: async () => value as CacheEntry, set: () => undefined, delete: () => undefined };
}

function createEntryWith(part: object): unknown {
  return { variants: createEntry(1).variants.map((variant) => ({ ...variant, ...part })) };
}
