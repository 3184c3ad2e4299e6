import { memoryStore, type CacheStore, type CacheEntry } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import {
  barrier,
  fresh,
  createHarness,
  reply,
  cacheStatus,
  flush,
  type Harness,
} from '../harness/harness.ts';

const KEY = 'https://origin.test/';

/** Creates a store that reads immediately, and whose writes a test completes. */
function createSlowStore() {
  const entries = new Map<string, CacheEntry>();
  const changes: { readonly done: Promise<void>; readonly complete: () => void }[] = [];
  const change = (work: () => void): Promise<void> => {
    const { wait, open } = barrier();
    const done = wait.then(work);
    changes.push({ done, complete: open });
    return done;
  };
  const store: CacheStore = {
    get: async (key) => entries.get(key),
    set: (key, entry) => change(() => void entries.set(key, entry)),
    delete: (key) => change(() => void entries.delete(key)),
  };
  return { store, entries, changes };
}

function fireTimers({ timers }: Harness, maxMs: number): void {
  for (const { ms, fire } of timers) if (ms <= maxMs) fire();
}

/** Returns how many promises passed to `waitUntil` are pending. */
async function countRunning({ background }: Harness): Promise<number> {
  let running = background.length;
  for (const work of background) void work.then(() => (running -= 1));
  await flush();
  return running;
}

export const storeTimeouts: readonly Case[] = [
  ...checkEach<{ readonly name: string; readonly change: (harness: Harness) => Promise<unknown> }>(
    '`waitUntil` gets $name of a slow store, and no request waits for it',
    [
      { name: 'a write', change: (harness) => harness.get('/other') },
      { name: 'the delete after a 404', change: (harness) => harness.get() },
      { name: 'a purge', change: (harness) => harness.cache.purge(KEY) },
      { name: 'the invalidation by a DELETE', change: (harness) => harness.get('/', {}, 'DELETE') },
    ],
    async ({ name, change }) => {
      const { store, entries, changes } = createSlowStore();
      const harness = createHarness(() => reply({ 'cache-control': 'max-age=1' }), { store });
      await harness.get();
      changes.shift()?.complete();
      await harness.settle();
      equal(entries.size, 1, 'entries');
      harness.advance(2);
      harness.setOrigin(({ url, method }) =>
        url === KEY && method === 'GET' ? reply({}, '', 404) : fresh(),
      );
      const pending = change(harness);
      await flush();
      fireTimers(harness, 50);
      await pending;
      equal([changes.length, await countRunning(harness)], [1, 1], 'changes and pending promises');
      changes[0]?.complete();
      equal(await countRunning(harness), 0, 'pending promises');
      equal([...entries.keys()], name === 'a write' ? [KEY, `${KEY}other`] : [], 'keys');
    },
  ),
  check('a write that hangs keeps the runtime alive for 10 s', async () => {
    const { store } = createSlowStore();
    const harness = createHarness(() => fresh(), { store });
    await harness.get();
    await flush();
    fireTimers(harness, 9_999);
    equal(await countRunning(harness), 1, 'pending promises');
    fireTimers(harness, 10_000);
    equal(await countRunning(harness), 0, 'pending promises');
  }),
  check('requests are collapsed during a slow delete', async () => {
    const { store, changes } = createSlowStore();
    const harness = createHarness(() => reply({ 'cache-control': 'max-age=1' }), { store });
    await harness.get();
    changes.shift()?.complete();
    await harness.settle();
    harness.advance(2);
    const { wait, open } = barrier<Response>();
    harness.setOrigin((_, nth) => (nth === 2 ? reply({ 'cache-control': 'no-store' }, '', 404) : wait));
    await harness.get();
    await flush();
    const pending = [harness.get(), harness.get()];
    await flush();
    open(fresh());
    const statuses = (await Promise.all(pending)).map(cacheStatus);
    equal(harness.originRequests.length, 3, 'requests');
    equal(statuses, ['http-cache; fwd=stale; fwd-status=200; stored', 'http-cache; fwd=stale; collapsed']);
  }),
  check('a request that waited for a slow read gets the response stored in memory meanwhile', async () => {
    const memory = memoryStore({ maxBytes: 2 ** 20 });
    const store: CacheStore = { ...memory, get: () => new Promise(() => undefined) };
    const harness = createHarness(() => fresh(), { store });
    const [first, second] = [harness.get(), harness.get()];
    harness.timers[0]?.fire();
    equal(cacheStatus(await first), 'http-cache; fwd=uri-miss; fwd-status=200; stored');
    harness.timers[1]?.fire();
    equal([cacheStatus(await second), harness.originRequests.length], ['http-cache; hit; ttl=60', 1]);
  }),
  check('a memory in front of a slow store is refreshed during its write', async () => {
    const { store, changes } = createSlowStore();
    const memory = memoryStore({ maxBytes: 2 ** 20 });
    const both: CacheStore = {
      ...memory,
      set(key, entry) {
        memory.set(key, entry);
        return store.set(key, entry);
      },
    };
    const harness = createHarness(() => reply({ 'cache-control': 'max-age=1' }), { store: both });
    await harness.get();
    await flush();
    harness.advance(2);
    const statuses = (await Promise.all([harness.get(), harness.get()])).map(cacheStatus);
    equal([harness.originRequests.length, changes.length], [2, 2], 'requests and changes');
    equal(statuses, ['http-cache; fwd=stale; fwd-status=200; stored', 'http-cache; fwd=stale; collapsed']);
  }),
];
