import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import {
  barrier,
  fresh,
  createHarness,
  reply,
  cacheStatus,
  flush,
  type Harness,
} from '../harness/harness.ts';

const COLLAPSED = 'http-cache; fwd=uri-miss; collapsed';
const FORWARDED = 'http-cache; fwd=uri-miss; fwd-status=200; stored';

/** Sends concurrent requests. `signal` aborts the first one. */
function fetchConcurrently(
  harness: Harness,
  size: number,
  signal?: AbortSignal,
): readonly Promise<Response>[] {
  return Array.from({ length: size }, (_, nth) =>
    nth === 0 && signal !== undefined
      ? harness.cache.fetch(new Request('https://origin.test/', { signal }))
      : harness.get(),
  );
}

const sizes = [1, 10, 100, 1000, 10_000].map((size) =>
  check(`${size} concurrent requests cause one request to the origin, and all get a response`, async () => {
    const gate = barrier<Response>();
    const harness = createHarness(() => gate.wait);
    const pending = fetchConcurrently(harness, size);
    await flush();
    gate.open(fresh());
    const responses = await Promise.all(pending);
    equal(harness.originRequests.length, 1, 'requests');
    equal(responses.filter(({ status }) => status === 200).length, size);
    equal([...new Set(responses.map(cacheStatus))], size === 1 ? [FORWARDED] : [FORWARDED, COLLAPSED]);
    equal(responses[0] && cacheStatus(responses[0]), FORWARDED, 'the first request');
    equal(
      harness.timers.every(({ signal }) => signal.aborted),
      true,
      'no timer is left',
    );
    equal(await responses.at(-1)?.text(), 'hello');
  }),
);

const leaders = checkEach(
  'if the first request $name, its 1,000 followers still get a response',
  [
    { name: 'is aborted', fate: 'cancel' },
    { name: 'fails', fate: 'fail' },
    { name: 'hangs', fate: 'hang' },
  ],
  async ({ fate }) => {
    const gate = barrier<Response>();
    const harness = createHarness((_request, nth) => (nth === 1 ? gate.wait : fresh()));
    const client = new AbortController();
    const [leader, ...followers] = fetchConcurrently(harness, 1001, client.signal);
    const leaderStatus = leader?.then(cacheStatus, (error: unknown) => `rejected: ${String(error)}`);
    await flush();
    if (fate === 'cancel') {
      client.abort(new Error('gone'));
      equal(await leaderStatus, 'rejected: Error: gone');
      gate.open(fresh());
    }
    if (fate === 'fail') gate.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    if (fate === 'hang') for (const { ms, fire } of harness.timers) if (ms === 10_000) fire();
    const responses = await Promise.all(followers);
    equal(responses.filter(({ status }) => status === 200).length, 1000);
    // The fetch of an aborted request continues. Otherwise each follower is forwarded.
    equal(harness.originRequests.length, fate === 'cancel' ? 1 : 1001, 'requests');
    if (fate === 'fail') equal(await leaderStatus, 'rejected: TypeError: reset');
  },
);

const unshared = checkEach(
  '$name is not shared: each request is forwarded',
  [
    { name: 'a no-store response', headers: { 'cache-control': 'no-store' } },
    { name: 'a private response', headers: { 'cache-control': 'private, max-age=9' } },
    { name: 'a response that is stale on arrival', headers: { 'cache-control': 'max-age=0', etag: '"a"' } },
    {
      name: 'a response for another value of Vary',
      headers: { 'cache-control': 'max-age=9', vary: 'x-nth' },
    },
  ],
  async ({ headers }) => {
    const gate = barrier();
    const harness = createHarness(async (request) => {
      await gate.wait;
      return reply(headers, request.headers.get('x-nth'));
    });
    const pending = ['1', '2', '3'].map((nth) => harness.get('/', { 'x-nth': nth }));
    await flush();
    equal(harness.originRequests.length, 1, 'requests before the first response');
    gate.open();
    const texts = await Promise.all(pending.map(async (response) => (await response).text()));
    equal([texts, harness.originRequests.length], [['1', '2', '3'], 3]);
  },
);

export const collapsing: readonly Case[] = [
  ...sizes,
  ...leaders,
  ...unshared,
  check('Cache-Status of a request that joined a revalidation is `fwd=stale; collapsed`', async () => {
    const gate = barrier<Response>();
    const harness = createHarness(() => fresh({ etag: '"a"' }));
    await harness.get();
    harness.advance(61);
    harness.setOrigin(() => gate.wait);
    const pending = [harness.get(), harness.get()];
    await flush();
    gate.open(reply({ 'cache-control': 'max-age=60' }, null, 304));
    equal((await Promise.all(pending)).map(cacheStatus), [
      'http-cache; fwd=stale; fwd-status=304; stored',
      'http-cache; fwd=stale; collapsed',
    ]);
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('an error of a shared fetch gives its followers the stale response', async () => {
    for (const fail of [() => reply({}, 'no', 503), () => Promise.reject(new TypeError('reset'))]) {
      const gate = barrier();
      const harness = createHarness(() => reply({ 'cache-control': 'max-age=10, stale-if-error=20' }, 'old'));
      await harness.get();
      harness.advance(11);
      harness.setOrigin(async () => {
        await gate.wait;
        return fail();
      });
      const pending = [harness.get(), harness.get()];
      await flush();
      gate.open();
      const [first, second] = await Promise.all(pending);
      equal([await first?.text(), await second?.text(), harness.originRequests.length], ['old', 'old', 2]);
      equal(second && cacheStatus(second), 'http-cache; fwd=stale; collapsed; detail=stale-if-error');
    }
  }),
  check(
    'an error of a shared fetch does not give its followers a stale response for another value of Vary',
    async () => {
      const gate = barrier();
      const headers = { 'cache-control': 'max-age=10, stale-if-error=20', vary: 'x' };
      const harness = createHarness(() => reply(headers, 'old'));
      await harness.get();
      harness.advance(11);
      harness.setOrigin(async () => {
        await gate.wait;
        return reply({}, 'no', 503);
      });
      const pending = [harness.get(), harness.get('/', { x: '1' })];
      await flush();
      gate.open();
      equal(
        (await Promise.all(pending)).map(({ status }) => status),
        [200, 503],
      );
    },
  ),
  check('followers are forwarded if the lifetime of the response ends while they wait', async () => {
    const gate = barrier();
    const harness = createHarness(async (_, nth) => {
      if (nth === 1) {
        await gate.wait;
        harness.advance(60);
      }
      return fresh({}, String(nth));
    });
    const pending = [harness.get(), harness.get()];
    await flush();
    gate.open();
    equal(await Promise.all(pending.map(async (response) => (await response).text())), ['1', '2']);
  }),
  check('after 10 s, a hanging refresh no longer prevents another refresh', async () => {
    const stale = { 'cache-control': 'max-age=10, stale-while-revalidate=90' };
    const harness = createHarness((_, nth) =>
      nth === 2 ? new Promise(() => undefined) : reply(stale, String(nth)),
    );
    await harness.get();
    harness.advance(11);
    for (let nth = 0; nth < 2; nth += 1) await harness.get();
    equal([harness.originRequests.length, harness.timers.at(-1)?.ms], [2, 10_000]);
    harness.timers.at(-1)?.fire();
    await flush();
    await harness.get();
    await flush();
    equal([await (await harness.get()).text(), harness.originRequests.length], ['3', 3]);
  }),
  check(
    'a request that was aborted before the fetch rejects immediately, and the fetch continues',
    async () => {
      const harness = createHarness(() => fresh());
      const request = new Request('https://origin.test/', { signal: AbortSignal.abort(new Error('gone')) });
      equal(String(await rejection(harness.cache.fetch(request))), 'Error: gone');
      await harness.settle();
      equal([await (await harness.get()).text(), harness.originRequests.length], ['hello', 1]);
    },
  ),
  check('the body of a response is cancelled if its request was aborted', async () => {
    let isCancelled = false;
    const gate = barrier<Response>();
    const harness = createHarness(() => gate.wait);
    const client = new AbortController();
    const pending = harness.cache.fetch(new Request('https://origin.test/', { signal: client.signal }));
    await flush();
    client.abort(new Error('gone'));
    equal(String(await rejection(pending)), 'Error: gone');
    gate.open(
      reply({ 'cache-control': 'no-store' }, new ReadableStream({ cancel: () => void (isCancelled = true) })),
    );
    await flush();
    equal(isCancelled, true);
  }),
  check('a fetch that fails after its request was aborted causes no unhandled rejection', async () => {
    const gate = barrier<Response>();
    const harness = createHarness(() => gate.wait);
    const client = new AbortController();
    const pending = harness.cache.fetch(new Request('https://origin.test/', { signal: client.signal }));
    await flush();
    client.abort(new Error('gone'));
    equal(String(await rejection(pending)), 'Error: gone');
    gate.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    await flush();
    equal(harness.originRequests.length, 1, 'requests');
  }),
];
