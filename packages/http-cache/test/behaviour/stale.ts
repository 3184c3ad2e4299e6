import { createHttpCache, memoryStore } from '../../src/index.ts';
import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { networkError, createStaleHarness } from '../harness/stale-harness.ts';
import { createHarness, reply, cacheStatus, type Origin } from '../harness/harness.ts';

const SIE = { 'cache-control': 'max-age=10, stale-if-error=20' };

const replacedErrors = checkEach(
  'inside stale-if-error, $name is replaced by the stale response',
  [
    { name: 'a network error', origin: networkError, status: 'http-cache; fwd=stale; detail=stale-if-error' },
    {
      name: 'a 500',
      origin: () => reply({}, 'no', 500),
      status: 'http-cache; fwd=stale; fwd-status=500; detail=stale-if-error',
    },
    {
      name: 'a 502',
      origin: () => reply({}, 'no', 502),
      status: 'http-cache; fwd=stale; fwd-status=502; detail=stale-if-error',
    },
    {
      name: 'a 503',
      origin: () => reply({}, 'no', 503),
      status: 'http-cache; fwd=stale; fwd-status=503; detail=stale-if-error',
    },
    {
      name: 'a 504',
      origin: () => reply({}, null, 504),
      status: 'http-cache; fwd=stale; fwd-status=504; detail=stale-if-error',
    },
    {
      name: 'a 503 with a lifetime',
      origin: () => reply({ 'cache-control': 'max-age=99' }, 'no', 503),
      status: 'http-cache; fwd=stale; fwd-status=503; detail=stale-if-error',
    },
    {
      name: 'an aborted body',
      origin: () => reply(SIE, new ReadableStream({ pull: (body) => body.error(new Error('reset')) })),
      status: 'http-cache; fwd=stale; detail=stale-if-error',
    },
  ] as readonly { readonly name: string; readonly origin: Origin; readonly status: string }[],
  async ({ origin, status }) => {
    const harness = await createStaleHarness(5, SIE, origin);
    const response = await harness.get();
    equal([response.status, await response.text(), response.headers.get('age')], [200, 'old', '15']);
    equal(cacheStatus(response), status);
    harness.setOrigin(() => reply(SIE, 'new'));
    equal(await (await harness.get()).text(), 'new', 'the next response of the origin');
  },
);

const otherErrors = checkEach(
  '$name is never replaced by a stale response',
  [
    { name: 'a 401', status: 401 },
    { name: 'a 403', status: 403 },
    { name: 'a 404', status: 404 },
    { name: 'a 410', status: 410 },
    { name: 'a 501', status: 501 },
  ],
  async ({ status }) => {
    const harness = await createStaleHarness(5, SIE, () => reply({}, 'no', status));
    equal((await harness.get()).status, status);
  },
);

const evicting = checkEach(
  '$name of the origin deletes the stored response, also in the background',
  [
    { name: 'a 401', status: 401 },
    { name: 'a 403', status: 403 },
    { name: 'a 404', status: 404 },
    { name: 'a 410', status: 410 },
  ],
  async ({ status }) => {
    const both = { 'cache-control': 'max-age=10, stale-while-revalidate=20, stale-if-error=90' };
    for (const seconds of [15, 25]) {
      const harness = await createStaleHarness(seconds, both, () => reply({}, 'no', status));
      await harness.get();
      await harness.settle();
      harness.setOrigin(networkError);
      equal(String(await rejection(harness.get())), 'TypeError: refused');
    }
  },
);

const keeping = checkEach(
  '$name does not delete the stored response',
  [
    { name: 'a 408', status: 408 },
    { name: 'a 429', status: 429 },
    { name: 'a 500 past the window', status: 500 },
  ],
  async ({ status }) => {
    const headers = { 'cache-control': 'max-age=10', etag: '"a"' };
    const harness = await createStaleHarness(5, headers, () => reply({}, 'no', status));
    equal((await harness.get()).status, status);
    harness.setOrigin((request) =>
      reply({ etag: '"a"' }, null, request.headers.has('if-none-match') ? 304 : 200),
    );
    equal(await (await harness.get()).text(), 'old');
  },
);

const forbidding = checkEach(
  '$name forbids stale responses in spite of other directives (RFC 9111 §4.2.4)',
  [
    { name: 'must-revalidate', directives: 'max-age=10, must-revalidate' },
    { name: 'proxy-revalidate', directives: 'max-age=10, proxy-revalidate' },
    { name: 's-maxage', directives: 's-maxage=10' },
    { name: 'no-cache', directives: 'max-age=10, no-cache' },
  ],
  async ({ directives }) => {
    const headers = {
      etag: '"a"',
      'cache-control': `${directives}, stale-while-revalidate=99, stale-if-error=99`,
    };
    const harness = createHarness(() => reply(headers, 'old'), { staleIfError: 99 });
    await harness.get();
    harness.advance(11);
    harness.setOrigin(networkError);
    equal(String(await rejection(harness.get())), 'TypeError: refused');
    equal(harness.originRequests.length, 2, 'requests');
  },
);

export const stale: readonly Case[] = [
  ...replacedErrors,
  ...otherErrors,
  ...evicting,
  ...keeping,
  ...forbidding,
  check('past stale-if-error the error is returned', async () => {
    const refused = await createStaleHarness(20, SIE, networkError);
    equal(String(await rejection(refused.get())), 'TypeError: refused');
    const failing = await createStaleHarness(20, SIE, () => reply({}, 'no', 503));
    equal((await failing.get()).status, 503);
  }),
  check('the option `staleIfError` applies to a response without stale-if-error', async () => {
    const harness = createHarness(() => reply({ 'cache-control': 'max-age=10' }, 'old'), {
      staleIfError: 30,
    });
    await harness.get();
    harness.setOrigin(networkError);
    harness.advance(39);
    equal(await (await harness.get()).text(), 'old');
    harness.advance(1);
    equal(String(await rejection(harness.get())), 'TypeError: refused');
  }),
  check('stale-if-error=0 overrides the option `staleIfError`', async () => {
    const headers = { 'cache-control': 'max-age=10, stale-if-error=0', etag: '"a"' };
    const harness = createHarness(() => reply(headers, 'old'), { staleIfError: 30 });
    await harness.get();
    harness.setOrigin(networkError);
    harness.advance(11);
    equal(String(await rejection(harness.get())), 'TypeError: refused');
  }),
  check('a stored error is never served stale', async () => {
    for (const status of [404, 410, 500, 503, 599]) {
      const headers = { 'cache-control': 'max-age=10, stale-while-revalidate=90, stale-if-error=90' };
      const harness = await createStaleHarness(5, headers, networkError, status);
      equal(String(await rejection(harness.get())), 'TypeError: refused');
    }
  }),
  check(
    'an error at the end of stale-if-error leads to a stale response or to the error response',
    async () => {
      const statuses = new Set<number>();
      for (let start = 0; start < 60_000; start += 500) {
        let time = 0;
        const responses = [reply(SIE, 'old'), reply({}, 'no', 503)];
        const cache = createHttpCache({
          store: memoryStore({ maxBytes: 65_536 }),
          // Each look at the clock takes a second.
          clock: { now: () => (time += 1_000), sleep: () => new Promise(() => undefined) },
          fetch: async () => responses.shift() ?? reply({}, 'no', 503),
        });
        await cache.fetch('https://origin.test/');
        time += start;
        statuses.add((await cache.fetch('https://origin.test/')).status);
      }
      equal(
        [...statuses].toSorted((one, other) => one - other),
        [200, 503],
      );
    },
  ),
];
