import { check, equal, type Case } from '@room-recordings/testing/cases';
import { barrier, makeWorld, reply, statusOf, turn } from '../harness/world.ts';

const SWR = { 'cache-control': 'max-age=10, stale-while-revalidate=20' };

/** Who else asks while an origin takes its time. */
export const slowOrigins: readonly Case[] = [
  check(
    'R47 an answer slower than its lifetime serves who waited, inside stale-while-revalidate alone',
    async () => {
      for (const [windows, calls] of [
        ['', 3],
        [', stale-while-revalidate=1', 3],
        [', stale-while-revalidate=10', 1],
      ] as const) {
        const gate = barrier();
        const world = makeWorld(async () => {
          await gate.wait;
          return reply({ 'cache-control': `max-age=1${windows}, stale-if-error=99` });
        });
        const asked = [world.get(), world.get(), world.get()];
        await turn();
        world.pass(3);
        gate.open();
        const [, second] = await Promise.all(asked);
        equal(world.sent.length, calls, 'requests');
        if (calls === 1) equal(second && statusOf(second), 'http-cache; fwd=uri-miss; collapsed');
      }
    },
  ),
  check('R38 lookup gives what is stale at once while a refresh is on its way, and not before', async () => {
    const gate = barrier<Response>();
    const world = makeWorld(() => reply(SWR, 'old'));
    await world.get();
    world.pass(11);
    world.answer(() => gate.wait);
    const key = 'https://origin.test/';
    equal(world.cache.lookup(key), undefined, 'before');
    const first = await world.get();
    const second = world.cache.lookup(key);
    const said = 'http-cache; hit; ttl=-1; detail=stale-while-revalidate';
    equal([statusOf(first), world.sent.length], [said, 2]);
    equal([second?.status, new Map(second?.headers).get('cache-status')], [200, said]);
    world.pass(20);
    equal(world.cache.lookup(key), undefined, 'too old');
    gate.open(reply(SWR, 'new'));
    await world.settle();
    equal(await (await world.get()).text(), 'new');
  }),
];
