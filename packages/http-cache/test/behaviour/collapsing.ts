import { createHttpCache, memoryStore } from '../../src/index.ts';
import { sleep } from '../../src/timers.ts';
import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { barrier, fresh, makeWorld, reply, statusOf, turn, type World } from '../harness/world.ts';

const COLLAPSED = 'http-cache; fwd=uri-miss; collapsed';
const LED = 'http-cache; fwd=uri-miss; fwd-status=200; stored';

/** So many requests at once, the first of them abortable, while the origin waits behind a barrier. */
function crowd(world: World, size: number, signal?: AbortSignal): readonly Promise<Response>[] {
  return Array.from({ length: size }, (_, nth) =>
    nth === 0 && signal !== undefined
      ? world.cache.fetch(new Request('https://origin.test/', { signal }))
      : world.get(),
  );
}

const sizes = [1, 10, 100, 1000, 10_000].map((size) =>
  check(`R47 ${size} at once make one call, and all are answered`, async () => {
    const gate = barrier<Response>();
    const world = makeWorld(() => gate.wait);
    const asked = crowd(world, size);
    await turn();
    gate.open(fresh());
    const responses = await Promise.all(asked);
    equal(world.sent.length, 1, 'requests');
    equal(responses.filter(({ status }) => status === 200).length, size);
    equal([...new Set(responses.map(statusOf))], size === 1 ? [LED] : [LED, COLLAPSED]);
    equal(responses[0] && statusOf(responses[0]), LED, 'the first led');
    equal(
      world.timers.every(({ signal }) => signal.aborted),
      true,
      'no timer is left',
    );
    equal(await responses.at(-1)?.text(), 'hello');
  }),
);

const leaders = checkEach(
  'R47 a leader that %s takes no follower with it: 1,000 are answered',
  [
    ['is cancelled', 'cancel'],
    ['fails', 'fail'],
    ['hangs', 'hang'],
  ],
  async (_, fate) => {
    const gate = barrier<Response>();
    const world = makeWorld((_request, nth) => (nth === 1 ? gate.wait : fresh()));
    const client = new AbortController();
    const [leader, ...followers] = crowd(world, 1001, client.signal);
    const led = leader?.then(statusOf, (error: unknown) => `rejected: ${String(error)}`);
    await turn();
    if (fate === 'cancel') {
      client.abort(new Error('gone'));
      equal(await led, 'rejected: Error: gone');
      gate.open(fresh());
    }
    if (fate === 'fail') gate.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    if (fate === 'hang') for (const { ms, fire } of world.timers) if (ms === 10_000) fire();
    const responses = await Promise.all(followers);
    equal(responses.filter(({ status }) => status === 200).length, 1000);
    // A leader that is cancelled still brings the answer; else each follower goes on by itself.
    equal(world.sent.length, fate === 'cancel' ? 1 : 1001, 'requests');
    if (fate === 'fail') equal(await led, 'rejected: TypeError: reset');
  },
);

const unshared = checkEach(
  'R47 %s is not shared: each goes on by itself',
  [
    ['what may not be stored', { 'cache-control': 'no-store' }],
    ['what is private', { 'cache-control': 'private, max-age=9' }],
    ['what is stale when it comes', { 'cache-control': 'max-age=0', etag: '"a"' }],
    ['what is for another value of Vary', { 'cache-control': 'max-age=9', vary: 'x-nth' }],
  ],
  async (_, fields: Record<string, string>) => {
    const gate = barrier();
    const world = makeWorld(async (request) => {
      await gate.wait;
      return reply(fields, request.headers.get('x-nth'));
    });
    const asked = ['1', '2', '3'].map((nth) => world.get('/', { 'x-nth': nth }));
    await turn();
    equal(world.sent.length, 1, 'requests before the first answer');
    gate.open();
    const texts = await Promise.all(asked.map(async (response) => (await response).text()));
    equal([texts, world.sent.length], [['1', '2', '3'], 3]);
  },
);

export const collapsing: readonly Case[] = [
  ...sizes,
  ...leaders,
  ...unshared,
  check('R50 a follower of a refresh says that it was stale', async () => {
    const gate = barrier<Response>();
    const world = makeWorld(() => fresh({ etag: '"a"' }));
    await world.get();
    world.pass(61);
    world.answer(() => gate.wait);
    const asked = [world.get(), world.get()];
    await turn();
    gate.open(reply({ 'cache-control': 'max-age=60' }, null, 304));
    equal((await Promise.all(asked)).map(statusOf), [
      'http-cache; fwd=stale; fwd-status=304; stored',
      'http-cache; fwd=stale; collapsed',
    ]);
    equal(world.sent.length, 2, 'requests');
  }),
  check('a fault of the leader is answered to followers with what is stale', async () => {
    for (const fault of [() => reply({}, 'no', 503), () => Promise.reject(new TypeError('reset'))]) {
      const gate = barrier();
      const world = makeWorld(() => reply({ 'cache-control': 'max-age=10, stale-if-error=20' }, 'old'));
      await world.get();
      world.pass(11);
      world.answer(async () => {
        await gate.wait;
        return fault();
      });
      const asked = [world.get(), world.get()];
      await turn();
      gate.open();
      const [first, second] = await Promise.all(asked);
      equal([await first?.text(), await second?.text(), world.sent.length], ['old', 'old', 2]);
      equal(second && statusOf(second), 'http-cache; fwd=stale; collapsed; detail=stale-if-error');
    }
  }),
  check('but not where what is stale is for another value of Vary', async () => {
    const gate = barrier();
    const fields = { 'cache-control': 'max-age=10, stale-if-error=20', vary: 'x' };
    const world = makeWorld(() => reply(fields, 'old'));
    await world.get();
    world.pass(11);
    world.answer(async () => {
      await gate.wait;
      return reply({}, 'no', 503);
    });
    const asked = [world.get(), world.get('/', { x: '1' })];
    await turn();
    gate.open();
    equal(
      (await Promise.all(asked)).map(({ status }) => status),
      [200, 503],
    );
  }),
  check('a lifetime that ends while followers wait sends them on', async () => {
    const gate = barrier();
    const world = makeWorld(async (_, nth) => {
      if (nth === 1) {
        await gate.wait;
        world.pass(60);
      }
      return fresh({}, String(nth));
    });
    const asked = [world.get(), world.get()];
    await turn();
    gate.open();
    equal(await Promise.all(asked.map(async (response) => (await response).text())), ['1', '2']);
  }),
  check('a refresh that hangs is in nobody’s way: after 10 s there is another', async () => {
    const stale = { 'cache-control': 'max-age=10, stale-while-revalidate=90' };
    const world = makeWorld((_, nth) =>
      nth === 2 ? new Promise(() => undefined) : reply(stale, String(nth)),
    );
    await world.get();
    world.pass(11);
    for (let nth = 0; nth < 2; nth += 1) await world.get();
    equal([world.sent.length, world.timers.at(-1)?.ms], [2, 10_000]);
    world.timers.at(-1)?.fire();
    await turn();
    await world.get();
    await turn();
    equal([await (await world.get()).text(), world.sent.length], ['3', 3]);
  }),
  check('a leader that was cancelled before it asked rejects at once, and its call goes on', async () => {
    const world = makeWorld(() => fresh());
    const request = new Request('https://origin.test/', { signal: AbortSignal.abort(new Error('gone')) });
    equal(String(await rejection(world.cache.fetch(request))), 'Error: gone');
    await world.settle();
    equal([await (await world.get()).text(), world.sent.length], ['hello', 1]);
  }),
  check('a body that nobody waits for any more is let go', async () => {
    let isCancelled = false;
    const gate = barrier<Response>();
    const world = makeWorld(() => gate.wait);
    const client = new AbortController();
    const asked = world.cache.fetch(new Request('https://origin.test/', { signal: client.signal }));
    await turn();
    client.abort(new Error('gone'));
    equal(String(await rejection(asked)), 'Error: gone');
    gate.open(
      reply({ 'cache-control': 'no-store' }, new ReadableStream({ cancel: () => void (isCancelled = true) })),
    );
    await turn();
    equal(isCancelled, true);
  }),
  check('a call that fails after its client has left is nobody’s error', async () => {
    const gate = barrier<Response>();
    const world = makeWorld(() => gate.wait);
    const client = new AbortController();
    const asked = world.cache.fetch(new Request('https://origin.test/', { signal: client.signal }));
    await turn();
    client.abort(new Error('gone'));
    equal(String(await rejection(asked)), 'Error: gone');
    gate.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    await turn();
    equal(world.sent.length, 1, 'requests');
  }),
  check('with nothing but fetch and store it uses the runtime’s own clock and timer', async () => {
    const gate = barrier();
    let calls = 0;
    const cache = createHttpCache({
      store: memoryStore({ maxBytes: 2 ** 20 }),
      fetch: async () => {
        calls += 1;
        await gate.wait;
        return fresh();
      },
    });
    const asked = [0, 1].map(() => cache.fetch(new Request('https://origin.test/')));
    await turn();
    gate.open();
    const responses = await Promise.all(asked);
    equal([responses.map(statusOf), calls], [[LED, COLLAPSED], 1]);
    const alone = await cache.fetch(new Request('https://origin.test/', { headers: { range: 'bytes=0-1' } }));
    equal([alone.status, calls], [206, 1]);
  }),
  check('the runtime’s timer goes off, and is taken back by its signal', async () => {
    await sleep(1, new AbortController().signal);
    const timer = new AbortController();
    const waiting = sleep(1_000_000, timer.signal);
    timer.abort();
    await waiting;
  }),
];
