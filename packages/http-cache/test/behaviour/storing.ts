import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { CODED, fetched } from '../harness/coded.ts';
import { fresh, makeWorld, reply, statusOf } from '../harness/world.ts';

const CC = 'cache-control';
const CDN = 'cdn-cache-control';

export const storing: readonly Case[] = [
  check('R53 the client gets Cache-Control as it came, whatever decided', async () => {
    const world = makeWorld(() => reply({ [CDN]: 'max-age=60', [CC]: 'no-store' }));
    await world.get();
    const { headers } = await world.get();
    equal([world.sent.length, headers.get(CC), headers.get(CDN)], [1, 'no-store', 'max-age=60']);
  }),
  check('R21 fields that Connection names are not stored and not passed on, whichever way', async () => {
    const world = makeWorld(() => fresh({ connection: 'A, b', a: '1', b: '2', c: '3' }));
    const first = await world.get('/', {
      connection: 'x-secret',
      'x-secret': '1',
      te: 'trailers',
      'x-plain': '2',
    });
    const second = await world.get();
    for (const { headers } of [first, second]) {
      equal(
        ['connection', 'a', 'b', 'c'].map((name) => headers.get(name)),
        [null, null, null, '3'],
      );
    }
    const sent = world.sent[0]?.headers;
    equal(
      ['connection', 'x-secret', 'te', 'x-plain'].map((name) => sent?.get(name)),
      [null, null, null, '2'],
    );
  }),
  check('RFC 9111 §5.2.2.4 fields that no-cache and private name are for the one who asked', async () => {
    const named = {
      [CC]: 'max-age=60, no-cache="a", private="set-cookie"',
      a: '1',
      b: '2',
      'set-cookie': 'c=d',
    };
    const world = makeWorld(() => reply(named));
    const [first, second] = [await world.get(), await world.get()];
    equal(
      ['a', 'b', 'set-cookie'].map((name) => first.headers.get(name)),
      ['1', '2', 'c=d'],
    );
    equal(
      ['a', 'b', 'set-cookie'].map((name) => second.headers.get(name)),
      [null, '2', null],
    );
    equal(world.sent.length, 1, 'requests');
  }),
  check('every Set-Cookie of a stored answer comes back on its own line', async () => {
    const world = makeWorld(() =>
      fresh({ 'set-cookie': ['a=1', 'b=2; Expires=Thu, 18 Aug 2050 02:01:18 GMT'] }),
    );
    await world.get();
    equal((await world.get()).headers.getSetCookie(), ['a=1', 'b=2; Expires=Thu, 18 Aug 2050 02:01:18 GMT']);
  }),
  check('R31 what may not be stored is served, and drops what was stored before', async () => {
    const world = makeWorld(() => reply({ [CC]: 'max-age=1, stale-if-error=99', etag: '"a"' }));
    await world.get();
    world.pass(2);
    world.answer(() => reply({ [CC]: 'no-store' }, 'new'));
    const response = await world.get();
    equal([await response.text(), statusOf(response)], ['new', 'http-cache; fwd=stale; fwd-status=200']);
    world.answer(() => reply({}, 'down', 503));
    equal(await (await world.get()).text(), 'down');
  }),
  check('R34 each request header that Vary names makes its own answer, and both are kept', async () => {
    const world = makeWorld((request) => fresh({ vary: 'X-Kind' }, request.headers.get('x-kind')));
    for (const kind of ['one', 'two', 'one', 'two']) {
      equal(await (await world.get('/', { 'x-kind': kind })).text(), kind);
    }
    equal(world.sent.length, 2, 'requests');
    equal(
      statusOf(await world.get('/', { 'x-kind': 'x' })),
      'http-cache; fwd=vary-miss; fwd-status=200; stored',
    );
  }),
  check('R34 Vary: Accept-Encoding makes one answer: the origin is never asked for a coding', async () => {
    const world = makeWorld(() => fresh({ vary: 'Accept-Encoding' }));
    await world.get('/', { 'accept-encoding': 'br' });
    await world.get('/', { 'accept-encoding': 'gzip' });
    equal([world.sent.length, world.sent[0]?.headers.get('accept-encoding')], [1, null]);
  }),
  check(
    'R31 what may not be stored drops what it replaces, not what is for another value of Vary',
    async () => {
      const world = makeWorld(() => fresh({ vary: 'x' }));
      for (const x of ['1', '2']) await world.get('/', { x });
      world.pass(61);
      world.answer(() => reply({ [CC]: 'no-store' }));
      await world.get('/', { x: '1' });
      world.pass(-2);
      equal([(await world.get('/', { x: '2' })).headers.get('age'), world.sent.length], ['59', 3]);
    },
  ),
  check('an answer without a body is stored as an empty one', async () => {
    const world = makeWorld(() => fresh({}, null));
    await world.get();
    equal([await (await world.get()).text(), world.sent.length], ['', 1]);
  }),
  check('what a client writes into the bytes it was given, the next does not read', async () => {
    const world = makeWorld(() => fresh());
    for (let nth = 0; nth < 3; nth += 1) {
      const response = await world.get();
      const bytes = new Uint8Array(await response.arrayBuffer());
      equal(new TextDecoder().decode(bytes), 'hello');
      bytes.fill(0);
      const reader = (await world.get()).body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      value?.fill(0);
    }
    equal(world.sent.length, 1, 'requests');
  }),
  check('no more than 32 answers are kept under one key, the newest', async () => {
    const world = makeWorld(() => fresh({ vary: 'x-n' }));
    for (let n = 0; n < 33; n += 1) await world.get('/', { 'x-n': String(n) });
    await world.get('/', { 'x-n': '1' });
    equal(world.sent.length, 33, 'requests');
    await world.get('/', { 'x-n': '0' });
    equal(world.sent.length, 34, 'requests');
  }),
  check('R36 directives of the request are not obeyed, known or not', async () => {
    const world = makeWorld(() => fresh());
    await world.get();
    for (const asked of ['no-cache', 'max-age=0', 'no-store', 'only-if-cached', 'min-fresh=99', 'foo']) {
      await world.get('/', { [CC]: asked, pragma: 'no-cache' });
    }
    equal(world.sent.length, 1, 'requests');
    equal((await world.get('/new', { [CC]: 'only-if-cached' })).status, 200);
  }),
  check('Pragma in an answer means nothing', async () => {
    const world = makeWorld(() => fresh({ pragma: 'no-cache' }));
    await world.get();
    await world.get();
    equal(world.sent.length, 1, 'requests');
  }),
  check('the order of the query matters, the fragment does not', async () => {
    const world = makeWorld(() => fresh());
    for (const path of ['/?a=1&b=2', '/?a=1&b=2#x', '/?b=2&a=1']) await world.get(path);
    equal(world.sent.length, 2, 'requests');
  }),
  check('`cacheKey` gives the key under which a response is stored', async () => {
    const world = makeWorld(() => fresh(), { cacheKey: (request) => new URL(request.url).pathname });
    await world.get('/a?x=1');
    await world.get('/a?x=2');
    equal(world.sent.length, 1, 'requests');
    equal(world.cache.lookup('/a')?.status, 200);
  }),
  check('`lookup()` and `purge()` use the key, the method and the headers of a Request', async () => {
    const harness = makeWorld(() => fresh({ vary: 'x', etag: '"1"' }), {
      cacheKey: (request) => new URL(request.url).pathname,
    });
    await harness.get('/a?x=1', { x: '1' });
    const request = (init: RequestInit): Request => new Request('https://origin.test/a?x=2', init);
    const { cache } = harness;
    equal(cache.cacheKey(request({})), '/a');
    equal(cache.lookup(request({ headers: { x: '1' } }))?.status, 200);
    equal(cache.lookup(request({ headers: { x: '1', 'if-none-match': '"1"' } }))?.status, 304);
    equal(cache.lookup(request({ headers: { x: '1' }, method: 'HEAD' }))?.body, null);
    equal(cache.lookup(request({ headers: { x: '2' } })), undefined, 'another variant');
    equal(cache.lookup(request({ headers: { x: '1' }, method: 'POST' })), undefined, 'POST');
    harness.pass(61);
    equal(cache.lookup(request({ headers: { x: '1' } }), { method: 'GET' }), undefined, 'stale');
    await cache.purge(request({}));
    equal(await harness.store.get('/a'), undefined, 'after the purge');
  }),
  check('a lifetime of a 302 has to be said: a window alone is none', async () => {
    const world = makeWorld(() => reply({ [CC]: 'stale-while-revalidate=60' }, 'x', 302));
    await world.get();
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check('an answer that came by a redirect is that of another URL', async () => {
    const world = makeWorld(() => {
      const response = fresh();
      Object.defineProperty(response, 'redirected', { value: true });
      return response;
    });
    await world.get();
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check(
    'R44 a body from fetch that is shorter than Content-Length is not stored and not served',
    async () => {
      const world = makeWorld(() => fetched(fresh({ 'content-length': '9' })));
      equal(
        String(await rejection(world.get())),
        'TypeError: The length of the body differs from its Content-Length.',
      );
      world.answer(() => fresh());
      equal(await (await world.get()).text(), 'hello');
    },
  ),
  check('R44 a body that breaks off is not stored and not served', async () => {
    const world = makeWorld(() =>
      fresh({}, new ReadableStream({ pull: (body) => body.error(new Error('reset')) })),
    );
    equal(String(await rejection(world.get())), 'Error: reset');
    equal(world.cache.lookup('https://origin.test/'), undefined);
  }),
  check('R44 where fetch took a coding off, the coding and the length go', async () => {
    for (const coding of ['gzip', 'br', 'x-gzip, deflate']) {
      const world = makeWorld(() => fresh({ 'content-encoding': coding, 'content-length': '3' }));
      for (const { headers } of [await world.get(), await world.get()]) {
        equal([headers.get('content-encoding'), headers.get('content-length')], [null, null]);
      }
    }
  }),
  check('R44 a coding that is still on keeps its name', async () => {
    const world = makeWorld(() =>
      fresh({ 'content-encoding': 'gzip', 'content-length': String(CODED.gzip.byteLength) }, CODED.gzip),
    );
    await world.get();
    equal((await world.get()).headers.get('content-encoding'), 'gzip');
  }),
  check('R44 in an answer that is passed on, they go too', async () => {
    const world = makeWorld(() => reply({ 'content-encoding': 'gzip', 'content-length': '5' }));
    equal((await world.get()).headers.get('content-encoding'), null);
  }),
];
