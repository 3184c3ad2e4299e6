import { cacheApiStore, createHttpCache, memoryStore, type CacheEntry } from '../../src/index.ts';
import { createClock, sleep } from '../../src/timers.ts';
import { openCache } from '../harness/fake-cache-api.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createEntry } from '../harness/create-entry.ts';
import { barrier, cacheStatus, flush, fresh, START } from '../harness/harness.ts';

const HOUR_MS = 3_600_000;

/** Creates a machine whose wall clock can be set. Both clocks are in milliseconds. */
function createMachine(): {
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

/** Runs work with the wall clock and the monotonic clock of a machine. */
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
  'the default clock counts the elapsed time if the wall clock is set back $name',
  [
    { name: 'between two reads', steps: (set) => [1000, set, 1000] },
    { name: 'right after a read', steps: (set) => [set, 2000] },
    { name: 'after hours without a read', steps: (set) => [2 * HOUR_MS, set, 0] },
    { name: 'twice', steps: (set) => [500, set, 3000, set, 4000] },
    { name: 'by less than the time since the last read', steps: (set) => [HOUR_MS + 500, set, 2000] },
  ] as readonly { readonly name: string; readonly steps: (set: 'back') => readonly (number | 'back')[] }[],
  ({ steps }) => {
    const machine = createMachine();
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
  check('the default clock is the wall clock until that is set back', () => {
    const machine = createMachine();
    for (const ms of [0, 1, 999, 1000, 5000, HOUR_MS]) {
      machine.pass(ms);
      equal(machine.clock(), machine.wall);
    }
  }),
  check('the default clock never goes back, not even between two comparisons of the clocks', () => {
    const machine = createMachine();
    machine.pass(900);
    equal(machine.clock(), START + 900);
    machine.wall -= 400;
    equal(machine.clock(), START + 900);
    machine.pass(600);
    equal(machine.clock() >= START + 900, true);
    machine.pass(1000);
    equal(machine.clock(), START + 2500);
  }),
  check(
    'the default clock follows a wall clock that is set forward, for example after the machine slept',
    () => {
      const machine = createMachine();
      machine.clock();
      machine.wall += HOUR_MS;
      equal(machine.clock(), START + HOUR_MS);
      machine.pass(2000);
      equal(machine.clock(), machine.wall);
    },
  ),
  check('the default clock is the wall clock again as soon as the wall clock has caught up', () => {
    const machine = createMachine();
    machine.clock();
    machine.wall -= 5000;
    machine.pass(1500);
    equal(machine.clock(), START + 1500);
    machine.wall += 9000;
    equal(machine.clock(), machine.wall);
    machine.pass(1000);
    equal(machine.clock(), machine.wall);
  }),
  check('the default clock stops if both clocks go back, as on Workers', () => {
    const machine = createMachine();
    machine.pass(2000);
    machine.clock();
    machine.wall -= HOUR_MS;
    machine.monotonic -= HOUR_MS;
    equal(machine.clock(), START + 2000);
    machine.pass(3000);
    equal(machine.clock(), START + 5000);
  }),
  check('a wall clock that is set back by an hour neither extends freshness nor lowers Age', async () => {
    const machine = createMachine();
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
      equal([hit.headers.get('age'), cacheStatus(hit)], ['20', 'http-cache; hit; ttl=40']);
      machine.pass(40_000);
      await cache.fetch(url);
      equal(sent, 2, 'requests');
    });
  }),
  check(
    'an entry of another process in the Cache API has the correct age with the default clock',
    async () => {
      const machine = createMachine();
      await withClocks(machine, async () => {
        const api = await openCache();
        await cacheApiStore(api, { now: () => machine.wall }).set('k', createEntry(5));
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
    'an entry in the Cache API is a hit if it is a few seconds ahead of the clock, and a miss if it is an hour ahead',
    async () => {
      const api = await openCache();
      const store = cacheApiStore(api, { now: () => START });
      const entryAt = (storedAt: number): CacheEntry => ({
        variants: createEntry(5).variants.map((stored) => ({ ...stored, storedAt })),
      });
      for (const [ahead, isFound] of [
        [5000, true],
        [5001, false],
        [HOUR_MS, false],
      ] as const) {
        await store.set('k', entryAt(START + ahead));
        equal((await store.get('k')) !== undefined, isFound, `${ahead} ms ahead`);
      }
      await store.set('k', { variants: [...createEntry(5).variants, ...entryAt(START + HOUR_MS).variants] });
      equal(await store.get('k'), undefined, 'one variant of two');
    },
  ),
  check('with only `fetch` and `store`, the cache uses the clock and the timers of the runtime', async () => {
    const gate = barrier();
    let requests = 0;
    const cache = createHttpCache({
      store: memoryStore({ maxBytes: 2 ** 20 }),
      fetch: async () => {
        requests += 1;
        await gate.wait;
        return fresh();
      },
    });
    const pending = [0, 1].map(() => cache.fetch(new Request('https://origin.test/')));
    await flush();
    gate.open();
    const responses = await Promise.all(pending);
    equal(
      [responses.map(cacheStatus), requests],
      [['http-cache; fwd=uri-miss; fwd-status=200; stored', 'http-cache; fwd=uri-miss; collapsed'], 1],
    );
    const alone = await cache.fetch(new Request('https://origin.test/', { headers: { range: 'bytes=0-1' } }));
    equal([alone.status, requests], [206, 1]);
  }),
  check('`sleep()` resolves after its time, and early if its signal aborts', async () => {
    await sleep(1, new AbortController().signal);
    const timer = new AbortController();
    const waiting = sleep(1_000_000, timer.signal);
    timer.abort();
    await waiting;
  }),
];
