import { memoryStore } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { createEntry } from '../harness/create-entry.ts';
import { barrier, fresh, createHarness, reply, flush } from '../harness/harness.ts';

const VARY = { vary: 'x' };

export const eviction: readonly Case[] = [
  check('after `memoryStore` evicts a 200, the 404 before it does not reappear', () => {
    const store = memoryStore({ maxBytes: 8800 });
    store.set('a', createEntry(10, 404));
    equal(store.get('a')?.variants[0]?.status, 404);
    store.set('a', createEntry(500));
    for (const key of ['b', 'c', 'd', 'e', 'f', 'g']) store.set(key, createEntry(500));
    equal(store.get('a'), undefined);
  }),
  check('a 404 too large for `memoryStore` does not keep the 200 before it', () => {
    const store = memoryStore({ maxBytes: 8000 });
    store.set('a', createEntry(10));
    store.set('a', createEntry(5000, 404));
    equal(store.get('a'), undefined);
  }),
  ...checkEach(
    '`memoryStore` deletes a stored $name',
    [
      { name: '200', status: 200 },
      { name: '404', status: 404 },
    ],
    ({ status }) => {
      const store = memoryStore({ maxBytes: 2 ** 20 });
      store.set('a', createEntry(10, status));
      store.delete('a');
      equal(store.get('a'), undefined);
    },
  ),
  check('`memoryStore` does not count an entry with a 200 among its variants as an error', () => {
    const store = memoryStore({ maxBytes: 2 ** 16 });
    store.set('a', { variants: [...createEntry(500, 404).variants, ...createEntry(500).variants] });
    for (let nth = 0; nth < 99; nth += 1) store.set(String(nth), createEntry(500, 404));
    equal(store.get('a') !== undefined, true);
  }),
  ...checkEach(
    'an uncacheable $name deletes all variants',
    [
      { name: '404', status: 404 },
      { name: '410', status: 410 },
    ],
    async ({ status }) => {
      const harness = createHarness((request) => fresh(VARY, request.headers.get('x')));
      for (const x of ['1', '2', '3']) await harness.get('/', { x });
      harness.setOrigin(() => reply({ 'cache-control': 'no-store' }, 'gone', status));
      await harness.get('/', { x: '4' });
      harness.setOrigin(() => fresh(VARY, 'fetched again'));
      for (const x of ['1', '2', '3'])
        equal(await (await harness.get('/', { x })).text(), 'fetched again', x);
    },
  ),
  ...checkEach(
    'a stored $name replaces all variants except other errors of a missing resource',
    [
      { name: '404', status: 404 },
      { name: '410', status: 410 },
    ],
    async ({ status }) => {
      const harness = createHarness((request) => fresh(VARY, request.headers.get('x')));
      for (const x of ['1', '2']) await harness.get('/', { x });
      harness.setOrigin(() => fresh(VARY, 'gone', status));
      for (const x of ['3', '4']) await harness.get('/', { x });
      harness.setOrigin(() => fresh(VARY, 'fetched again'));
      for (const x of ['3', '4']) equal(await (await harness.get('/', { x })).text(), 'gone', x);
      for (const x of ['1', '2']) equal(await (await harness.get('/', { x })).text(), 'fetched again', x);
      equal(harness.originRequests.length, 6, 'requests');
    },
  ),
  check('another uncacheable response deletes only its own variant', async () => {
    const harness = createHarness((request) => fresh(VARY, request.headers.get('x')));
    for (const x of ['1', '2', '3']) await harness.get('/', { x });
    harness.advance(61);
    harness.setOrigin(() => reply({ 'cache-control': 'no-store' }, 'new'));
    await harness.get('/', { x: '2' });
    harness.advance(-2);
    harness.setOrigin(() => fresh(VARY, 'fetched again'));
    const texts: string[] = [];
    for (const x of ['1', '2', '3']) texts.push(await (await harness.get('/', { x })).text());
    equal(texts, ['1', 'fetched again', '3']);
  }),
  check('a variant that was stored during the fetch of another one is kept', async () => {
    const gate = barrier<Response>();
    const harness = createHarness(({ headers }) =>
      headers.get('x') === '1' ? gate.wait : fresh(VARY, headers.get('x')),
    );
    const slow = harness.get('/', { x: '1' });
    await flush();
    const ranged = harness.get('/', { x: '2' });
    gate.open(fresh(VARY, '1'));
    await Promise.all([slow, ranged]);
    await harness.settle();
    harness.setOrigin(() => reply({}, 'fetched again', 500));
    equal(await (await harness.get('/', { x: '1' })).text(), '1');
    equal(await (await harness.get('/', { x: '2' })).text(), '2');
  }),
  check('a Location of another origin does not invalidate the same path of this origin', async () => {
    const harness = createHarness(() => fresh());
    await harness.get('/x');
    harness.setOrigin(() => reply({ location: 'https://other.test/x' }, '', 201));
    await harness.get('/', {}, 'POST');
    equal(harness.cache.lookup('https://origin.test/x')?.status, 200);
  }),
  check('`lookup()` ignores whitespace around If-None-Match', async () => {
    const harness = createHarness(() => fresh({ etag: '"a"' }));
    await harness.get();
    for (const tags of [' * ', ' "a" ', '"b" , W/"a"']) {
      const headers = new Map([['if-none-match', tags]]);
      equal(harness.cache.lookup('https://origin.test/', { headers })?.status, 304, tags);
    }
  }),
  check('Age includes the time that passes during the fetch', async () => {
    const harness = createHarness(() => {
      harness.advance(7);
      return fresh();
    });
    await harness.get();
    harness.advance(52);
    equal((await harness.get()).headers.get('age'), '59');
    harness.advance(1);
    equal(harness.cache.lookup('https://origin.test/'), undefined);
  }),
  check('the added Date is the time of arrival, not of the request', async () => {
    const harness = createHarness(() => {
      harness.advance(7);
      return fresh();
    });
    const [first, second] = [await harness.get(), await harness.get()];
    const date = new Date(harness.now()).toUTCString();
    equal([first.headers.get('date'), second.headers.get('date')], [date, date]);
  }),
  check('a 304 without Date updates the stored Date to the time of its arrival', async () => {
    const harness = createHarness(() => fresh({ etag: '"a"' }));
    await harness.get();
    harness.advance(61);
    harness.setOrigin(() => reply({ 'cache-control': 'max-age=60' }, null, 304));
    const response = await harness.get();
    equal(response.headers.get('date'), new Date(harness.now()).toUTCString());
  }),
];
