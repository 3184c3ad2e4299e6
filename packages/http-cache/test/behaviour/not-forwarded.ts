import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { NotForwardedError } from '../../src/index.ts';
import { makeWorld, reply } from '../harness/world.ts';

const KEY = 'https://origin.test/';
const WINDOWS = 'max-age=10, stale-while-revalidate=20, stale-if-error=40';

export const notForwarded: readonly Case[] = [
  ...checkEach(
    '`lookup()` of a caller that will not call `fetch` returns %s',
    [
      ['a fresh response', 5, 'http-cache; hit; ttl=5'],
      ['a response inside stale-while-revalidate', 15, 'http-cache; hit; ttl=-5; detail=overloaded'],
      ['a response inside stale-if-error', 45, 'http-cache; hit; ttl=-35; detail=overloaded'],
      ['nothing for a response past both windows', 50, undefined],
    ],
    async (_what, seconds: number, status: string | undefined) => {
      const world = makeWorld(() => reply({ 'cache-control': WINDOWS }));
      await world.get();
      world.pass(seconds);
      const found = world.cache.lookup(KEY, { notForwarded: 'overloaded' });
      equal(found?.headers.find(([name]) => name === 'cache-status')?.[1], status);
      equal(world.sent.length, 1, 'requests');
    },
  ),
  check('`lookup()` of a caller that will not call `fetch` returns nothing if nothing is stored', () => {
    equal(makeWorld(() => reply()).cache.lookup(KEY, { notForwarded: 'overloaded' }), undefined);
  }),
  ...checkEach(
    'a refresh that was not forwarded, for %s, is tried again by the next request after its seconds',
    [
      ['a reason of the origin', 5, 1],
      ['a reason of one caller', 0, 2],
    ],
    async (_what, refreshBackoffSeconds: number, refreshes: number) => {
      let tries = 0;
      class Limited extends NotForwardedError {
        override get refreshBackoffSeconds(): number {
          return refreshBackoffSeconds;
        }
      }
      const world = makeWorld(() => reply({ 'cache-control': WINDOWS }));
      await world.get();
      world.answer(() => {
        tries += 1;
        throw new Limited('limited');
      });
      world.pass(15);
      for (let round = 0; round < 2; round += 1) {
        equal((await world.get()).status, 200);
        await world.settle();
      }
      equal(tries, refreshes);
    },
  ),
];
