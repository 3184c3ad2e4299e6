import { NotForwardedError } from '../../src/index.ts';
import { check, equal, type Case } from '@room-recordings/testing/cases';
import { pause, refuse, staleFor } from '../harness/stale-world.ts';
import { barrier, makeWorld, reply, statusOf } from '../harness/world.ts';

const SWR = { 'cache-control': 'max-age=10, stale-while-revalidate=20' };

/** What is stale and refreshed behind whoever asks (RFC 5861 §3). */
export const refreshes: readonly Case[] = [
  check(
    'R38 inside stale-while-revalidate it is served at once and refreshed once, however many ask',
    async () => {
      const gate = barrier<Response>();
      const world = await staleFor(5, SWR, () => gate.wait);
      const crowd = await Promise.all(Array.from({ length: 20 }, () => world.get()));
      for (const response of crowd) {
        equal(await response.text(), 'old');
        equal(statusOf(response), 'http-cache; hit; ttl=-5; detail=stale-while-revalidate');
        equal(response.headers.get('age'), '15');
      }
      equal(world.sent.length, 2, 'requests');
      gate.open(reply(SWR, 'new'));
      await world.settle();
      const response = await world.get();
      equal(
        [await response.text(), statusOf(response), world.sent.length],
        ['new', 'http-cache; hit; ttl=10', 2],
      );
    },
  ),
  check('R38 after the window the client waits for the origin', async () => {
    const world = await staleFor(20, SWR, () => reply(SWR, 'new'));
    equal(await (await world.get()).text(), 'new');
  }),
  check('R38 the window ends to the millisecond', async () => {
    const world = await staleFor(19.999, SWR, () => reply(SWR, 'new'));
    equal(await (await world.get()).text(), 'old');
  }),
  check('R38 a refresh that fails is silent and keeps what is stored, for stale-if-error', async () => {
    const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
    for (const origin of [refuse, pause, () => reply({}, 'no', 503)]) {
      const world = await staleFor(5, both, origin);
      await world.get();
      await world.settle();
      world.pass(1);
      equal(await (await world.get()).text(), 'old');
      equal(world.sent.length, 3, 'requests');
    }
  }),
  check('R38 after a refresh that fails the next one waits for a second, and who asks does not', async () => {
    const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
    for (const origin of [refuse, pause, () => reply({}, 'no', 503)]) {
      const world = await staleFor(5, both, origin);
      await world.get();
      await world.settle();
      world.pass(0.999);
      const response = await world.get();
      equal(statusOf(response), 'http-cache; hit; ttl=-6; detail=stale-while-revalidate');
      equal(world.cache.lookup('https://origin.test/')?.status, 200);
      equal(world.sent.length, 2, 'requests meanwhile');
      world.pass(0.001);
      world.answer(() => reply(both, 'new'));
      equal(await (await world.get()).text(), 'old');
      await world.settle();
      equal(await (await world.get()).text(), 'new');
      equal(world.sent.length, 3, 'requests');
    }
  }),
  check('R38 after one that was not forwarded the next one waits for as long as that says', async () => {
    const error = new NotForwardedError('cooldown', { retryAfter: 5 });
    const world = await staleFor(5, SWR, () => Promise.reject(error));
    await world.get();
    await world.settle();
    world.pass(4.999);
    await world.get();
    equal(world.sent.length, 2, 'requests meanwhile');
    world.pass(0.001);
    await world.get();
    equal(world.sent.length, 3, 'requests');
  }),
  check('R38 past the window nobody waits out a rest: the origin is asked', async () => {
    const world = await staleFor(19.5, SWR, refuse);
    await world.get();
    await world.settle();
    world.pass(0.5);
    world.answer(() => reply(SWR, 'new'));
    equal(await (await world.get()).text(), 'new');
  }),
  check('R38 a refresh whose answer may not be stored takes no body', async () => {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const world = await staleFor(5, SWR, () => reply({ 'cache-control': 'no-store' }, body));
    await world.get();
    await world.settle();
    equal(isCancelled, true);
  }),
  check('R49 in stale-while-revalidate too, where another is refreshing it already', async () => {
    const gate = barrier<Response>();
    const fields = { 'cache-control': 'max-age=10, stale-while-revalidate=20', vary: 'x' };
    const world = makeWorld(() => reply(fields, 'old'));
    await world.get();
    world.answer(() => gate.wait);
    world.pass(29);
    const asked = world.get('/', { x: '1' });
    equal(await (await world.get()).text(), 'old');
    gate.open(reply(fields, 'new'));
    equal(await (await asked).text(), 'new');
  }),
];
