import { NotForwardedError } from '../../src/index.ts';
import { check, equal, type Case } from '@room-recordings/testing/cases';
import { notForwardedError, networkError, createStaleHarness } from '../harness/stale-harness.ts';
import { barrier, createHarness, reply, cacheStatus } from '../harness/harness.ts';

const SWR = { 'cache-control': 'max-age=10, stale-while-revalidate=20' };

/** Background refreshes of stale responses (RFC 5861 §3). */
export const refreshes: readonly Case[] = [
  check(
    'inside stale-while-revalidate concurrent requests get the stale response immediately and cause one refresh',
    async () => {
      const gate = barrier<Response>();
      const harness = await createStaleHarness(5, SWR, () => gate.wait);
      const responses = await Promise.all(Array.from({ length: 20 }, () => harness.get()));
      for (const response of responses) {
        equal(await response.text(), 'old');
        equal(cacheStatus(response), 'http-cache; hit; ttl=-5; detail=stale-while-revalidate');
        equal(response.headers.get('age'), '15');
      }
      equal(harness.originRequests.length, 2, 'requests');
      gate.open(reply(SWR, 'new'));
      await harness.settle();
      const response = await harness.get();
      equal(
        [await response.text(), cacheStatus(response), harness.originRequests.length],
        ['new', 'http-cache; hit; ttl=10', 2],
      );
    },
  ),
  check('past stale-while-revalidate a request waits for the origin', async () => {
    const harness = await createStaleHarness(20, SWR, () => reply(SWR, 'new'));
    equal(await (await harness.get()).text(), 'new');
  }),
  check('stale-while-revalidate is exact to the millisecond', async () => {
    const harness = await createStaleHarness(19.999, SWR, () => reply(SWR, 'new'));
    equal(await (await harness.get()).text(), 'old');
  }),
  check('a failed refresh keeps the stored response for stale-if-error', async () => {
    const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
    for (const origin of [networkError, notForwardedError, () => reply({}, 'no', 503)]) {
      const harness = await createStaleHarness(5, both, origin);
      await harness.get();
      await harness.settle();
      harness.advance(1);
      equal(await (await harness.get()).text(), 'old');
      equal(harness.originRequests.length, 3, 'requests');
    }
  }),
  check(
    'after a failed refresh the next refresh starts a second later, and requests do not wait',
    async () => {
      const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
      for (const origin of [networkError, notForwardedError, () => reply({}, 'no', 503)]) {
        const harness = await createStaleHarness(5, both, origin);
        await harness.get();
        await harness.settle();
        harness.advance(0.999);
        const response = await harness.get();
        equal(cacheStatus(response), 'http-cache; hit; ttl=-6; detail=stale-while-revalidate');
        equal(harness.cache.lookup('https://origin.test/')?.status, 200);
        equal(harness.originRequests.length, 2, 'requests meanwhile');
        harness.advance(0.001);
        harness.setOrigin(() => reply(both, 'new'));
        equal(await (await harness.get()).text(), 'old');
        await harness.settle();
        equal(await (await harness.get()).text(), 'new');
        equal(harness.originRequests.length, 3, 'requests');
      }
    },
  ),
  check('after a refresh that was not forwarded the next refresh starts after its `retryAfter`', async () => {
    const error = new NotForwardedError('cooldown', { retryAfter: 5 });
    const harness = await createStaleHarness(5, SWR, () => Promise.reject(error));
    await harness.get();
    await harness.settle();
    harness.advance(4.999);
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests meanwhile');
    harness.advance(0.001);
    await harness.get();
    equal(harness.originRequests.length, 3, 'requests');
  }),
  check('past stale-while-revalidate the refresh backoff does not prevent a fetch', async () => {
    const harness = await createStaleHarness(19.5, SWR, networkError);
    await harness.get();
    await harness.settle();
    harness.advance(0.5);
    harness.setOrigin(() => reply(SWR, 'new'));
    equal(await (await harness.get()).text(), 'new');
  }),
  check('a refresh with an uncacheable response cancels its body', async () => {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const harness = await createStaleHarness(5, SWR, () => reply({ 'cache-control': 'no-store' }, body));
    await harness.get();
    await harness.settle();
    equal(isCancelled, true);
  }),
  check(
    'a request inside stale-while-revalidate gets the stale response while another variant is fetched',
    async () => {
      const gate = barrier<Response>();
      const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=20', vary: 'x' };
      const harness = createHarness(() => reply(headers, 'old'));
      await harness.get();
      harness.setOrigin(() => gate.wait);
      harness.advance(29);
      const pending = harness.get('/', { x: '1' });
      equal(await (await harness.get()).text(), 'old');
      gate.open(reply(headers, 'new'));
      equal(await (await pending).text(), 'new');
    },
  ),
];
