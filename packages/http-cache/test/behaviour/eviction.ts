import { memoryStore } from '../../src/index.ts';
import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { entryOf } from '../harness/entry.ts';
import { barrier, fresh, makeWorld, reply, turn } from '../harness/world.ts';

const VARY = { vary: 'x' };

export const eviction: readonly Case[] = [
  check('a 200 that memoryStore has evicted does not bring back the 404 before it', () => {
    const store = memoryStore({ maxBytes: 8800 });
    store.set('a', entryOf(10, 404));
    equal(store.get('a')?.variants[0]?.status, 404);
    store.set('a', entryOf(500));
    for (const key of ['b', 'c', 'd', 'e', 'f', 'g']) store.set(key, entryOf(500));
    equal(store.get('a'), undefined);
  }),
  check('a 404 that memoryStore does not take does not bring back the 200 before it', () => {
    const store = memoryStore({ maxBytes: 8000 });
    store.set('a', entryOf(10));
    store.set('a', entryOf(5000, 404));
    equal(store.get('a'), undefined);
  }),
  checkEach(
    'memoryStore deletes a stored %s',
    [
      ['200', 200],
      ['404', 404],
    ],
    (_, status) => {
      const store = memoryStore({ maxBytes: 2 ** 20 });
      store.set('a', entryOf(10, status));
      store.delete('a');
      equal(store.get('a'), undefined);
    },
  ),
  check('memoryStore keeps an entry with a 200 among its variants apart from errors', () => {
    const store = memoryStore({ maxBytes: 2 ** 16 });
    store.set('a', { variants: [...entryOf(500, 404).variants, ...entryOf(500).variants] });
    for (let nth = 0; nth < 99; nth += 1) store.set(String(nth), entryOf(500, 404));
    equal(store.get('a') !== undefined, true);
  }),
  checkEach(
    'a %s that may not be stored drops all variants',
    [
      ['404', 404],
      ['410', 410],
    ],
    async (_, status) => {
      const world = makeWorld((request) => fresh(VARY, request.headers.get('x')));
      for (const x of ['1', '2', '3']) await world.get('/', { x });
      world.answer(() => reply({ 'cache-control': 'no-store' }, 'gone', status));
      await world.get('/', { x: '4' });
      world.answer(() => fresh(VARY, 'asked again'));
      for (const x of ['1', '2', '3']) equal(await (await world.get('/', { x })).text(), 'asked again', x);
    },
  ),
  checkEach(
    'a stored %s replaces all variants but those of its kind',
    [
      ['404', 404],
      ['410', 410],
    ],
    async (_, status) => {
      const world = makeWorld((request) => fresh(VARY, request.headers.get('x')));
      for (const x of ['1', '2']) await world.get('/', { x });
      world.answer(() => fresh(VARY, 'gone', status));
      for (const x of ['3', '4']) await world.get('/', { x });
      world.answer(() => fresh(VARY, 'asked again'));
      for (const x of ['3', '4']) equal(await (await world.get('/', { x })).text(), 'gone', x);
      for (const x of ['1', '2']) equal(await (await world.get('/', { x })).text(), 'asked again', x);
      equal(world.sent.length, 6, 'requests');
    },
  ),
  check('another response that may not be stored drops its own variant alone', async () => {
    const world = makeWorld((request) => fresh(VARY, request.headers.get('x')));
    for (const x of ['1', '2', '3']) await world.get('/', { x });
    world.pass(61);
    world.answer(() => reply({ 'cache-control': 'no-store' }, 'new'));
    await world.get('/', { x: '2' });
    world.pass(-2);
    world.answer(() => fresh(VARY, 'asked again'));
    const texts: string[] = [];
    for (const x of ['1', '2', '3']) texts.push(await (await world.get('/', { x })).text());
    equal(texts, ['1', 'asked again', '3']);
  }),
  check('a variant that was stored while another was on its way is kept', async () => {
    const gate = barrier<Response>();
    const world = makeWorld(({ headers }) =>
      headers.get('x') === '1' ? gate.wait : fresh(VARY, headers.get('x')),
    );
    const slow = world.get('/', { x: '1' });
    await turn();
    const ranged = world.get('/', { x: '2' });
    gate.open(fresh(VARY, '1'));
    await Promise.all([slow, ranged]);
    await world.settle();
    world.answer(() => reply({}, 'asked again', 500));
    equal(await (await world.get('/', { x: '1' })).text(), '1');
    equal(await (await world.get('/', { x: '2' })).text(), '2');
  }),
  check('a Location of another origin drops nothing stored under the same path here', async () => {
    const world = makeWorld(() => fresh());
    await world.get('/x');
    world.answer(() => reply({ location: 'https://other.test/x' }, '', 201));
    await world.get('/', {}, 'POST');
    equal(world.cache.lookup('https://origin.test/x')?.status, 200);
  }),
  check('an If-None-Match of a lookup is read without the blanks around it', async () => {
    const world = makeWorld(() => fresh({ etag: '"a"' }));
    await world.get();
    for (const tags of [' * ', ' "a" ', '"b" , W/"a"']) {
      const headers = new Map([['if-none-match', tags]]);
      equal(world.cache.lookup('https://origin.test/', { headers })?.status, 304, tags);
    }
  }),
  check('Age counts the time that the origin took, if the clock moves within the call', async () => {
    const world = makeWorld(() => {
      world.pass(7);
      return fresh();
    });
    await world.get();
    world.pass(52);
    equal((await world.get()).headers.get('age'), '59');
    world.pass(1);
    equal(world.cache.lookup('https://origin.test/'), undefined);
  }),
  check(
    'the Date of a response without one is that of its arrival, if the clock moves within the call',
    async () => {
      const world = makeWorld(() => {
        world.pass(7);
        return fresh();
      });
      const [first, second] = [await world.get(), await world.get()];
      const date = new Date(world.now()).toUTCString();
      equal([first.headers.get('date'), second.headers.get('date')], [date, date]);
    },
  ),
  check('a 304 without Date gives the stored response that of its arrival', async () => {
    const world = makeWorld(() => fresh({ etag: '"a"' }));
    await world.get();
    world.pass(61);
    world.answer(() => reply({ 'cache-control': 'max-age=60' }, null, 304));
    const response = await world.get();
    equal(response.headers.get('date'), new Date(world.now()).toUTCString());
  }),
].flat();
