import { cacheApiStore, createHttpCache, memoryStore, type CacheEntry } from '../../src/index.ts';
import { createClock } from '../../src/timers.ts';
import { openCache } from '../harness/cache-api.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { entryOf } from '../harness/entry.ts';
import { fresh, START, statusOf } from '../harness/world.ts';

const HOUR_MS = 3_600_000;

/** A machine whose wall clock can be set; both clocks are in milliseconds. */
function makeMachine(): {
  wall: number;
  monotonic: number;
  pass(ms: number): void;
  readonly clock: () => number;
} {
  const machine = {
    wall: START,
    monotonic: 7,
    pass(ms: number) {
      machine.wall += ms;
      machine.monotonic += ms;
    },
    clock: (): number => 0,
  };
  machine.clock = createClock(
    () => machine.wall,
    () => machine.monotonic,
  );
  return machine;
}

/** Runs some work under wall and monotonic clocks of this machine. */
async function withClocks<T>(
  machine: { readonly wall: number; readonly monotonic: number },
  work: () => Promise<T>,
): Promise<T> {
  const [wall, monotonic] = [Date.now, performance.now];
  Date.now = () => machine.wall;
  performance.now = () => machine.monotonic;
  try {
    return await work();
  } finally {
    Date.now = wall;
    performance.now = monotonic;
  }
}

const settings = checkEach(
  'the default clock passes as much time as has passed if the wall clock is set back %s',
  [
    ['between two looks', (set) => [1000, set, 1000]],
    ['right after a look', (set) => [set, 2000]],
    ['after hours without a look', (set) => [2 * HOUR_MS, set, 0]],
    ['twice', (set) => [500, set, 3000, set, 4000]],
    ['by an hour less than has passed', (set) => [HOUR_MS + 500, set, 2000]],
  ] as readonly (readonly [string, (set: 'back') => readonly (number | 'back')[]])[],
  (_, steps) => {
    const machine = makeMachine();
    let passed = 0;
    machine.clock();
    for (const step of steps('back')) {
      if (step === 'back') machine.wall -= HOUR_MS;
      else {
        machine.pass(step);
        passed += step;
        if (step > 0 && step < HOUR_MS) machine.clock();
      }
    }
    equal(machine.clock() - START, passed);
  },
);

export const clocks: readonly Case[] = [
  ...settings,
  check('the default clock is the wall clock as long as that is not set back', () => {
    const machine = makeMachine();
    for (const ms of [0, 1, 999, 1000, 5000, HOUR_MS]) {
      machine.pass(ms);
      equal(machine.clock(), machine.wall);
    }
  }),
  check('the default clock never goes back, not even by less than it compares', () => {
    const machine = makeMachine();
    machine.pass(900);
    equal(machine.clock(), START + 900);
    machine.wall -= 400;
    equal(machine.clock(), START + 900);
    machine.pass(600);
    equal(machine.clock() >= START + 900, true);
    machine.pass(1000);
    equal(machine.clock(), START + 2500);
  }),
  check('the default clock follows a wall clock that is set forward, as after a sleep', () => {
    const machine = makeMachine();
    machine.clock();
    machine.wall += HOUR_MS;
    equal(machine.clock(), START + HOUR_MS);
    machine.pass(2000);
    equal(machine.clock(), machine.wall);
  }),
  check('the default clock is the wall clock again as soon as that has caught up', () => {
    const machine = makeMachine();
    machine.clock();
    machine.wall -= 5000;
    machine.pass(1500);
    equal(machine.clock(), START + 1500);
    machine.wall += 9000;
    equal(machine.clock(), machine.wall);
    machine.pass(1000);
    equal(machine.clock(), machine.wall);
  }),
  check('the default clock stands where both clocks go back, as they do on Workers', () => {
    const machine = makeMachine();
    machine.pass(2000);
    machine.clock();
    machine.wall -= HOUR_MS;
    machine.monotonic -= HOUR_MS;
    equal(machine.clock(), START + 2000);
    machine.pass(3000);
    equal(machine.clock(), START + 5000);
  }),
  check('a wall clock set back by an hour neither lengthens freshness nor lowers Age', async () => {
    const machine = makeMachine();
    await withClocks(machine, async () => {
      let sent = 0;
      const cache = createHttpCache({
        fetch: async () => {
          sent += 1;
          return fresh();
        },
        store: memoryStore({ maxBytes: 2 ** 20 }),
      });
      const url = 'https://origin.test/';
      await cache.fetch(url);
      machine.pass(20_000);
      machine.wall -= HOUR_MS;
      const hit = await cache.fetch(url);
      equal([hit.headers.get('age'), statusOf(hit)], ['20', 'http-cache; hit; ttl=40']);
      machine.pass(40_000);
      await cache.fetch(url);
      equal(sent, 2, 'requests');
    });
  }),
  check(
    'an entry of another process in the Cache API has its right age under the default clock',
    async () => {
      const machine = makeMachine();
      await withClocks(machine, async () => {
        const api = await openCache();
        await cacheApiStore(api, { now: () => machine.wall }).set('k', entryOf(5));
        machine.pass(20_000);
        const cache = createHttpCache({
          fetch: async () => fresh(),
          store: cacheApiStore(api),
          cacheKey: () => 'k',
        });
        equal((await cache.fetch('https://origin.test/')).headers.get('age'), '20');
      });
    },
  ),
  check(
    'an entry in the Cache API from an hour ahead is a miss, and from a few seconds ahead a hit',
    async () => {
      const api = await openCache();
      const store = cacheApiStore(api, { now: () => START });
      const entryAt = (storedAt: number): CacheEntry => ({
        variants: entryOf(5).variants.map((stored) => ({ ...stored, storedAt })),
      });
      for (const [ahead, isFound] of [
        [5000, true],
        [5001, false],
        [HOUR_MS, false],
      ] as const) {
        await store.set('k', entryAt(START + ahead));
        equal((await store.get('k')) !== undefined, isFound, `${ahead} ms ahead`);
      }
      await store.set('k', { variants: [...entryOf(5).variants, ...entryAt(START + HOUR_MS).variants] });
      equal(await store.get('k'), undefined, 'one variant of two');
    },
  ),
];
