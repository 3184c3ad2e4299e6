import { check, equal, type Case } from '@room-recordings/testing/cases';
import { barrier, createHarness, reply, cacheStatus, flush } from '../harness/harness.ts';

const SWR = { 'cache-control': 'max-age=10, stale-while-revalidate=20' };

/** Requests during a slow response of the origin. */
export const originTimeouts: readonly Case[] = [
  check(
    'a response that took longer than its lifetime is shared only inside stale-while-revalidate',
    async () => {
      for (const [windows, requests] of [
        ['', 3],
        [', stale-while-revalidate=1', 3],
        [', stale-while-revalidate=10', 1],
      ] as const) {
        const gate = barrier();
        const harness = createHarness(async () => {
          await gate.wait;
          return reply({ 'cache-control': `max-age=1${windows}, stale-if-error=99` });
        });
        const pending = [harness.get(), harness.get(), harness.get()];
        await flush();
        harness.advance(3);
        gate.open();
        const [, second] = await Promise.all(pending);
        equal(harness.originRequests.length, requests, 'requests');
        if (requests === 1) equal(second && cacheStatus(second), 'http-cache; fwd=uri-miss; collapsed');
      }
    },
  ),
  check('`lookup()` returns a stale response during a refresh, and undefined before', async () => {
    const gate = barrier<Response>();
    const harness = createHarness(() => reply(SWR, 'old'));
    await harness.get();
    harness.advance(11);
    harness.setOrigin(() => gate.wait);
    const key = 'https://origin.test/';
    equal(harness.cache.lookup(key), undefined, 'before');
    const first = await harness.get();
    const second = harness.cache.lookup(key);
    const status = 'http-cache; hit; ttl=-1; detail=stale-while-revalidate';
    equal([cacheStatus(first), harness.originRequests.length], [status, 2]);
    equal([second?.status, new Map(second?.headers).get('cache-status')], [200, status]);
    harness.advance(20);
    equal(harness.cache.lookup(key), undefined, 'too old');
    gate.open(reply(SWR, 'new'));
    await harness.settle();
    equal(await (await harness.get()).text(), 'new');
  }),
];
