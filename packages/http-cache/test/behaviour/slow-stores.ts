import { memoryStore, type CacheStore, type CacheEntry } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { barrier, fresh, makeWorld, reply, statusOf, turn, type World } from '../harness/world.ts';

const KEY = 'https://origin.test/';

/** A store that answers reads at once, and has each change wait until it is let go on. */
function makeSlowStore() {
  const kept = new Map<string, CacheEntry>();
  const changes: { readonly done: Promise<void>; readonly goOn: () => void }[] = [];
  const change = (work: () => void): Promise<void> => {
    const { wait, open } = barrier();
    const done = wait.then(work);
    changes.push({ done, goOn: open });
    return done;
  };
  const store: CacheStore = {
    get: async (key) => kept.get(key),
    set: (key, entry) => change(() => void kept.set(key, entry)),
    delete: (key) => change(() => void kept.delete(key)),
  };
  return { store, kept, changes };
}

function fire({ timers }: World, longest: number): void {
  for (const { ms, fire: goOff } of timers) if (ms <= longest) goOff();
}

/** How many of the works that the runtime is kept awake for have not ended. */
async function countRunning({ background }: World): Promise<number> {
  let running = background.length;
  for (const work of background) void work.then(() => (running -= 1));
  await turn();
  return running;
}

export const slowStores: readonly Case[] = [
  ...checkEach<readonly [string, (world: World) => Promise<unknown>]>(
    'R41 F35 the runtime stays awake for %s that takes its time, and no client waits for it',
    [
      ['a put', (world) => world.get('/other')],
      ['the delete that a 404 owes', (world) => world.get()],
      ['a purge', (world) => world.cache.purge(KEY)],
      ['what another method drops', (world) => world.get('/', {}, 'DELETE')],
    ],
    async (what, ask) => {
      const { store, kept, changes } = makeSlowStore();
      const world = makeWorld(() => reply({ 'cache-control': 'max-age=1' }), { store });
      await world.get();
      changes.shift()?.goOn();
      await world.settle();
      equal(kept.size, 1, 'entries');
      world.pass(2);
      world.answer(({ url, method }) => (url === KEY && method === 'GET' ? reply({}, '', 404) : fresh()));
      const asked = ask(world);
      await turn();
      fire(world, 50);
      await asked;
      equal([changes.length, await countRunning(world)], [1, 1], 'changes, and works that run');
      changes[0]?.goOn();
      equal(await countRunning(world), 0, 'works that run');
      equal([...kept.keys()], what === 'a put' ? [KEY, `${KEY}other`] : [], 'keys');
    },
  ),
  check('F35 the runtime stays awake for a change that hangs for 10 s and no longer', async () => {
    const { store } = makeSlowStore();
    const world = makeWorld(() => fresh(), { store });
    await world.get();
    await turn();
    fire(world, 9_999);
    equal(await countRunning(world), 1, 'works that run');
    fire(world, 10_000);
    equal(await countRunning(world), 0, 'works that run');
  }),
  check('R50 while a delete takes its time, who comes is collapsed as ever', async () => {
    const { store, changes } = makeSlowStore();
    const world = makeWorld(() => reply({ 'cache-control': 'max-age=1' }), { store });
    await world.get();
    changes.shift()?.goOn();
    await world.settle();
    world.pass(2);
    const { wait, open } = barrier<Response>();
    world.answer((_, nth) => (nth === 2 ? reply({ 'cache-control': 'no-store' }, '', 404) : wait));
    await world.get();
    await turn();
    const crowd = [world.get(), world.get()];
    await turn();
    open(fresh());
    const said = (await Promise.all(crowd)).map(statusOf);
    equal(world.sent.length, 3, 'requests');
    equal(said, ['http-cache; fwd=stale; fwd-status=200; stored', 'http-cache; fwd=stale; collapsed']);
  }),
  check('R47 who has waited for a slow store is given what has been stored in memory meanwhile', async () => {
    const memory = memoryStore({ maxBytes: 2 ** 20 });
    const store: CacheStore = { ...memory, get: () => new Promise(() => undefined) };
    const world = makeWorld(() => fresh(), { store });
    const [first, second] = [world.get(), world.get()];
    world.timers[0]?.fire();
    equal(statusOf(await first), 'http-cache; fwd=uri-miss; fwd-status=200; stored');
    world.timers[1]?.fire();
    equal([statusOf(await second), world.sent.length], ['http-cache; hit; ttl=60', 1]);
  }),
  check('R50 while a put takes its time, what memory in front of it has is refreshed as ever', async () => {
    const { store, changes } = makeSlowStore();
    const memory = memoryStore({ maxBytes: 2 ** 20 });
    const both: CacheStore = {
      ...memory,
      set(key, entry) {
        memory.set(key, entry);
        return store.set(key, entry);
      },
    };
    const world = makeWorld(() => reply({ 'cache-control': 'max-age=1' }), { store: both });
    await world.get();
    await turn();
    world.pass(2);
    const said = (await Promise.all([world.get(), world.get()])).map(statusOf);
    equal([world.sent.length, changes.length], [2, 2], 'requests and changes');
    equal(said, ['http-cache; fwd=stale; fwd-status=200; stored', 'http-cache; fwd=stale; collapsed']);
  }),
];
