import type { CacheStore, CacheEntry } from '../../src/index.ts';
import { checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { entryOf } from '../harness/entry.ts';
import { fresh, makeWorld, turn } from '../harness/world.ts';

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

/** Stores that throw, or give what is no entry. */
export const faultyStores: readonly Case[] = checkEach(
  'F35 a store that %s is a miss, and no error',
  [
    ['throws', broken],
    ['throws at once where it answers at once', { ...broken, getSync: broken.get }],
    [
      'rejects',
      {
        get: () => Promise.reject(new Error()),
        set: async () => Promise.reject(new Error()),
        delete: () => Promise.reject(new Error()),
      },
    ],
    ['answers null', storeOf(null)],
    ['answers a number', storeOf(7)],
    ['answers an entry without answers', storeOf({ variants: [] })],
    ['answers an entry with something else for an answer', storeOf({ variants: [null] })],
    ['answers a status that is none', storeOf(spoil({ status: 999 }))],
    ['answers a status that is a text', storeOf(spoil({ status: '200' }))],
    ['answers headers that are none', storeOf(spoil({ headers: {} }))],
    ['answers headers that are no pairs', storeOf(spoil({ headers: ['a'] }))],
    ['answers headers without values', storeOf(spoil({ headers: [['a', 1]] }))],
    ['answers a body that is a text', storeOf(spoil({ body: 'hello' }))],
    ['answers a time that is none', storeOf(spoil({ storedAt: NaN }))],
    ['answers a Vary that is none', storeOf(spoil({ vary: [['a', 1]] }))],
    [
      'answers a promise where it is to answer at once',
      { ...storeOf(null), getSync: () => Promise.resolve(entryOf(5)) as unknown },
    ],
  ] as readonly (readonly [string, CacheStore])[],
  async (_name, store) => {
    const world = makeWorld(() => fresh(), { store });
    equal(world.cache.lookup(KEY), undefined);
    for (const expected of [1, 2]) {
      equal(await (await world.get()).text(), 'hello');
      await turn();
      equal(world.sent.length, expected, 'requests');
    }
    await world.get('/', {}, 'DELETE');
    await world.cache.purge(KEY);
  },
);

function storeOf(value: unknown): CacheStore {
  return { get: async () => value as CacheEntry, set: () => undefined, delete: () => undefined };
}

function spoil(part: object): unknown {
  return { variants: entryOf(1).variants.map((variant) => ({ ...variant, ...part })) };
}
