import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { NotForwardedError } from '../../src/index.ts';
import { cacheStatus, createHarness, reply } from '../harness/harness.ts';
import { createStaleHarness, notForwardedError } from '../harness/stale-harness.ts';

const KEY = 'https://origin.test/';
const SIE = { 'cache-control': 'max-age=10, stale-if-error=20' };
const WINDOWS = 'max-age=10, stale-while-revalidate=20, stale-if-error=40';

export const notForwarded: readonly Case[] = [
  ...checkEach(
    '`lookup()` with `notForwarded` returns $name',
    [
      { name: 'a fresh response', seconds: 5, status: 'http-cache; hit; ttl=5' },
      {
        name: 'a stale response inside stale-while-revalidate',
        seconds: 15,
        status: 'http-cache; hit; ttl=-5; detail=overloaded',
      },
      {
        name: 'a stale response inside stale-if-error',
        seconds: 45,
        status: 'http-cache; hit; ttl=-35; detail=overloaded',
      },
      { name: 'undefined for a response past both windows', seconds: 50, status: undefined },
    ],
    async ({ seconds, status }) => {
      const harness = createHarness(() => reply({ 'cache-control': WINDOWS }));
      await harness.get();
      harness.advance(seconds);
      const found = harness.cache.lookup(KEY, { notForwarded: 'overloaded' });
      equal(found?.headers.find(([name]) => name === 'cache-status')?.[1], status);
      equal(harness.originRequests.length, 1, 'requests');
    },
  ),
  check('`lookup()` with `notForwarded` returns undefined if nothing is stored', () => {
    equal(createHarness(() => reply()).cache.lookup(KEY, { notForwarded: 'overloaded' }), undefined);
  }),
  ...checkEach(
    'a refresh that was not forwarded because of $name is retried after its `refreshBackoffSeconds`',
    [
      { name: 'the state of the origin', refreshBackoffSeconds: 5, refreshes: 1 },
      { name: 'the limit of one client', refreshBackoffSeconds: 0, refreshes: 2 },
    ],
    async ({ refreshBackoffSeconds, refreshes }) => {
      let tries = 0;
      class Limited extends NotForwardedError {
        override get refreshBackoffSeconds(): number {
          return refreshBackoffSeconds;
        }
      }
      const harness = createHarness(() => reply({ 'cache-control': WINDOWS }));
      await harness.get();
      harness.setOrigin(() => {
        tries += 1;
        throw new Limited('limited');
      });
      harness.advance(15);
      for (let round = 0; round < 2; round += 1) {
        equal((await harness.get()).status, 200);
        await harness.settle();
      }
      equal(tries, refreshes);
    },
  ),
  check(
    'a `NotForwardedError` is replaced by a stale response inside either window, with its detail in Cache-Status',
    async () => {
      for (const [headers, seconds] of [
        [SIE, 5],
        [{ 'cache-control': 'max-age=10, stale-if-error=12' }, 11.5],
      ] as const) {
        const harness = await createStaleHarness(seconds, headers, notForwardedError);
        const response = await harness.get();
        equal(await response.text(), 'old');
        equal(cacheStatus(response), `http-cache; hit; ttl=${Math.floor(-seconds)}; detail=circuit-open`);
      }
    },
  ),
  check(
    'a `NotForwardedError` is rethrown if nothing is stored, if it is too old, or if stale responses are forbidden',
    async () => {
      const none = createHarness(notForwardedError);
      equal(
        String(await rejection(none.get())),
        'NotForwardedError: The request was not forwarded: circuit-open.',
      );
      const old = await createStaleHarness(20, SIE, notForwardedError);
      equal((await rejection(old.get())) instanceof NotForwardedError, true);
      const strict = await createStaleHarness(
        5,
        { 'cache-control': 's-maxage=10, stale-if-error=90', etag: '"a"' },
        notForwardedError,
      );
      const error = await rejection(strict.get());
      equal(error instanceof NotForwardedError && error.detail, 'circuit-open');
    },
  ),
];
