import { memoryStore, type CacheStore } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import {
  barrier,
  fresh,
  createHarness,
  reply,
  cacheStatus,
  flush,
  type Harness,
} from '../harness/harness.ts';

const KEY = 'https://origin.test/';
const FORWARDED = 'http-cache; fwd=uri-miss; fwd-status=200';

/**
 * Starts two concurrent fetches of one key: each of the two followers of a failed fetch starts one. `earlier` and `later` are the
 * barriers of their responses.
 */
async function startTwoFetches(store?: CacheStore) {
  const [failing, earlier, later] = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
  const gates = [failing, earlier, later];
  const origin = (_: Request, nth: number) => gates[nth - 1]?.wait ?? fresh({}, 'fetched again');
  const harness = createHarness(origin, store && { store });
  const leader = harness.get().catch(() => undefined);
  const pending = [harness.get(), harness.get()] as const;
  await flush();
  failing.open(Promise.reject(new TypeError('reset')) as unknown as Response);
  await leader;
  await flush();
  equal(harness.originRequests.length, 3, 'requests in flight');
  return { harness, pending, earlier, later };
}

/** Returns the body of the next response. */
const fetchNext = async (harness: Harness) => (await harness.get()).text();

const newerResponses = checkEach<{
  readonly name: string;
  readonly respond: () => Response;
  readonly expected: string;
}>(
  'a response requested before $name arrived is forwarded and not stored',
  [
    { name: 'a 404', respond: () => reply({}, 'gone', 404), expected: 'fetched again' },
    { name: 'a cacheable 404', respond: () => fresh({}, 'gone', 404), expected: 'gone' },
    { name: 'a 410', respond: () => reply({}, 'gone', 410), expected: 'fetched again' },
    { name: 'a 403', respond: () => reply({}, 'refused', 403), expected: 'fetched again' },
    { name: 'a newer 200', respond: () => fresh({}, 'newer'), expected: 'newer' },
    {
      name: 'a newer uncacheable 200',
      respond: () => reply({ 'cache-control': 'no-store' }),
      expected: 'fetched again',
    },
  ],
  async ({ respond, expected }) => {
    const { harness, pending, earlier, later } = await startTwoFetches();
    later.open(respond());
    await pending[1];
    earlier.open(fresh({}, 'older'));
    const first = await pending[0];
    equal(await fetchNext(harness), expected);
    equal([await first.text(), cacheStatus(first)], ['older', FORWARDED]);
  },
);

const otherResults = checkEach<{
  readonly name: string;
  readonly respond: () => Response | Promise<Response>;
}>(
  '$name does not prevent an older response in flight from being stored',
  [
    { name: 'a 503', respond: () => reply({}, 'no', 503) },
    { name: 'a 429', respond: () => reply({}, 'no', 429) },
    { name: 'a network error', respond: () => Promise.reject(new TypeError('reset')) },
  ],
  async ({ respond }) => {
    const { harness, pending, earlier, later } = await startTwoFetches();
    later.open(respond() as Response);
    await pending[1].catch(() => undefined);
    earlier.open(fresh({}, 'older'));
    await pending[0];
    equal(await fetchNext(harness), 'older');
  },
);

/** Headers of a response that varies by a request header. */
const byVary = { 'cache-control': 'max-age=60', vary: 'x' };

/** Responses that arrive in another order than their requests were sent. */
export const outOfOrder: readonly Case[] = [
  ...newerResponses,
  ...otherResults,
  check('a 404 requested before a newer 200 arrived does not delete it', async () => {
    const { harness, pending, earlier, later } = await startTwoFetches();
    later.open(fresh({}, 'newer'));
    await pending[1];
    earlier.open(reply({}, 'gone', 404));
    equal((await pending[0]).status, 404);
    equal(await fetchNext(harness), 'newer');
  }),
  check('a 404 deletes a response that was stored during its request', async () => {
    for (const store of [undefined, memoryStore({ maxBytes: 2 ** 20 })]) {
      const { harness, pending, earlier, later } = await startTwoFetches(store);
      earlier.open(fresh({}, 'older'));
      equal(await (await pending[0]).text(), 'older');
      later.open(reply({}, 'gone', 404));
      await pending[1];
      equal(await fetchNext(harness), 'fetched again');
    }
  }),
  check('a 304 requested before a newer 200 arrived does not freshen the old response', async () => {
    const gates = [barrier<Response>(), barrier<Response>()];
    const harness = createHarness(() => fresh({ etag: '"a"' }, 'old'));
    await harness.get();
    harness.advance(61);
    harness.setOrigin((_, nth) => gates[nth - 2]?.wait ?? fresh({}, 'fetched again'));
    const first = harness.get();
    await flush();
    for (const { ms, fire } of harness.timers) if (ms === 10_000) fire(); // No request waits for the first fetch any longer.
    await flush();
    const second = harness.get();
    await flush();
    gates[1]?.open(fresh({ etag: '"b"' }, 'newer'));
    await second;
    gates[0]?.open(reply({ 'cache-control': 'max-age=60' }, null, 304));
    equal(await (await first).text(), 'old');
    equal([await fetchNext(harness), harness.originRequests.length], ['newer', 3]);
  }),
  check('deleting one variant does not restore an older response of another variant', async () => {
    const gates = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
    const harness = createHarness(() =>
      reply({ 'cache-control': 'max-age=1', etag: '"a"', vary: 'x' }, 'old'),
    );
    for (const x of ['1', '2']) await harness.get('/', { x });
    harness.advance(2);
    harness.setOrigin((_, nth) => gates[nth - 3]?.wait ?? fresh({}, 'fetched again'));
    const leader = harness.get('/', { x: '1' }).catch(() => undefined);
    const one = harness.get('/', { x: '1' });
    const other = harness.get('/', { x: '2' });
    await flush();
    gates[0]?.open(Promise.reject(new TypeError('reset')) as unknown as Response);
    await leader;
    await flush();
    gates[1]?.open(reply(byVary, 'new'));
    await one;
    gates[2]?.open(reply({ 'cache-control': 'no-store', vary: 'x' }, 'not to be stored'));
    await other;
    equal(await (await harness.get('/', { x: '1' })).text(), 'new');
  }),
  check('a follower that stops waiting does not affect a fetch that started later', async () => {
    const harness = createHarness(() => new Promise(() => undefined));
    void harness.get();
    await flush();
    void harness.get();
    await flush();
    const [, patience] = harness.timers.filter(({ ms }) => ms === 10_000);
    await harness.cache.purge(KEY);
    void harness.get();
    await flush();
    equal(harness.originRequests.length, 2, 'requests before');
    patience?.fire();
    await flush();
    void harness.get();
    await flush();
    equal(
      harness.originRequests.length,
      3,
      'the follower is forwarded, and the next request joins the second fetch',
    );
  }),
];
