import { check, checkEach, equal, type Case } from '../harness/case.ts';
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
];
