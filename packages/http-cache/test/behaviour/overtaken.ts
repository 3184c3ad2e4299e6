import { memoryStore, type CacheStore } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { barrier, fresh, makeWorld, reply, statusOf, turn, type World } from '../harness/world.ts';

const KEY = 'https://origin.test/';
const PASSED = 'http-cache; fwd=uri-miss; fwd-status=200';

/**
 * Two calls on their way at once, since each of two who followed a call that failed makes one; `gates` are those of the
 * origin's answers, to the earlier one and to the later.
 */
async function makeCalls(store?: CacheStore) {
  const [failing, earlier, later] = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
  const gates = [failing, earlier, later];
  const origin = (_: Request, nth: number) => gates[nth - 1]?.wait ?? fresh({}, 'asked again');
  const world = makeWorld(origin, store && { store });
  const leader = world.get().catch(() => undefined);
  const asked = [world.get(), world.get()] as const;
  await turn();
  failing.open(Promise.reject(new TypeError('reset')) as unknown as Response);
  await leader;
  await turn();
  equal(world.sent.length, 3, 'requests on their way');
  return { world, asked, earlier, later };
}

/** What the next one is given. */
const next = async (world: World) => (await world.get()).text();

const overtaking = checkEach<readonly [string, () => Response, string]>(
  'R41 what was asked for before %s came is answered, and not stored over it',
  [
    ['a 404', () => reply({}, 'gone', 404), 'asked again'],
    ['a 404 that is stored', () => fresh({}, 'gone', 404), 'gone'],
    ['a 410', () => reply({}, 'gone', 410), 'asked again'],
    ['a 403', () => reply({}, 'refused', 403), 'asked again'],
    ['a newer 200', () => fresh({}, 'newer'), 'newer'],
    ['a newer 200 that may not be stored', () => reply({ 'cache-control': 'no-store' }), 'asked again'],
  ],
  async (_, answer, expected) => {
    const { world, asked, earlier, later } = await makeCalls();
    later.open(answer());
    await asked[1];
    earlier.open(fresh({}, 'older'));
    const first = await asked[0];
    equal(await next(world), expected);
    equal([await first.text(), statusOf(first)], ['older', PASSED]);
  },
);

const sayingNothing = checkEach<readonly [string, () => Response | Promise<Response>]>(
  'R41 %s says nothing of what is on its way, which is stored',
  [
    ['a fault', () => reply({}, 'no', 503)],
    ['a 429', () => reply({}, 'no', 429)],
    ['a call that fails', () => Promise.reject(new TypeError('reset'))],
  ],
  async (_, answer) => {
    const { world, asked, earlier, later } = await makeCalls();
    later.open(answer() as Response);
    await asked[1].catch(() => undefined);
    earlier.open(fresh({}, 'older'));
    await asked[0];
    equal(await next(world), 'older');
  },
);

/** What is asked for once, by its value of Vary, while other calls are on their way. */
const byVary = { 'cache-control': 'max-age=60', vary: 'x' };

/** Calls that overtake each other, and what is then stored. */
export const overtaken: readonly Case[] = [
  ...overtaking,
  ...sayingNothing,
  check('R41 a 404 that was asked for before a 200 came drops nothing', async () => {
    const { world, asked, earlier, later } = await makeCalls();
    later.open(fresh({}, 'newer'));
    await asked[1];
    earlier.open(reply({}, 'gone', 404));
    equal((await asked[0]).status, 404);
    equal(await next(world), 'newer');
  }),
  check('R41 a 404 drops what has been stored since it was asked for', async () => {
    for (const store of [undefined, memoryStore({ maxBytes: 2 ** 20 })]) {
      const { world, asked, earlier, later } = await makeCalls(store);
      earlier.open(fresh({}, 'older'));
      equal(await (await asked[0]).text(), 'older');
      later.open(reply({}, 'gone', 404));
      await asked[1];
      equal(await next(world), 'asked again');
    }
  }),
  check('R43 a 304 that was asked for before a newer 200 came renews nothing', async () => {
    const gates = [barrier<Response>(), barrier<Response>()];
    const world = makeWorld(() => fresh({ etag: '"a"' }, 'old'));
    await world.get();
    world.pass(61);
    world.answer((_, nth) => gates[nth - 2]?.wait ?? fresh({}, 'asked again'));
    const first = world.get();
    await turn();
    for (const { ms, fire } of world.timers) if (ms === 10_000) fire(); // nobody follows it any more
    await turn();
    const second = world.get();
    await turn();
    gates[1]?.open(fresh({ etag: '"b"' }, 'newer'));
    await second;
    gates[0]?.open(reply({ 'cache-control': 'max-age=60' }, null, 304));
    equal(await (await first).text(), 'old');
    equal([await next(world), world.sent.length], ['newer', 3]);
  }),
  check('R31 what drops one value of Vary brings back nothing older of another', async () => {
    const gates = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
    const world = makeWorld(() => reply({ 'cache-control': 'max-age=1', etag: '"a"', vary: 'x' }, 'old'));
    for (const x of ['1', '2']) await world.get('/', { x });
    world.pass(2);
    world.answer((_, nth) => gates[nth - 3]?.wait ?? fresh({}, 'asked again'));
    const leader = world.get('/', { x: '1' }).catch(() => undefined);
    const one = world.get('/', { x: '1' });
    const other = world.get('/', { x: '2' });
    await turn();
    gates[0]?.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    await leader;
    await turn();
    gates[1]?.open(reply(byVary, 'new'));
    await one;
    gates[2]?.open(reply({ 'cache-control': 'no-store', vary: 'x' }, 'not to be stored'));
    await other;
    equal(await (await world.get('/', { x: '1' })).text(), 'new');
  }),
  check('R47 a follower who waits no longer leaves the call that has come after', async () => {
    const world = makeWorld(() => new Promise(() => undefined));
    void world.get();
    await turn();
    void world.get();
    await turn();
    const [, patience] = world.timers.filter(({ ms }) => ms === 10_000);
    await world.cache.purge(KEY);
    void world.get();
    await turn();
    equal(world.sent.length, 2, 'requests before');
    patience?.fire();
    await turn();
    void world.get();
    await turn();
    equal(world.sent.length, 3, 'the one who waited asks, and who comes follows the second call');
  }),
];
