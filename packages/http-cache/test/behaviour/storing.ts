import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { ENCODED, asFetched } from '../harness/encoded-bodies.ts';
import { fresh, createHarness, reply, cacheStatus } from '../harness/harness.ts';

const CC = 'cache-control';
const CDN = 'cdn-cache-control';

export const storing: readonly Case[] = [
  check('the client gets the original Cache-Control, even if CDN-Cache-Control overrides it', async () => {
    const harness = createHarness(() => reply({ [CDN]: 'max-age=60', [CC]: 'no-store' }));
    await harness.get();
    const { headers } = await harness.get();
    equal([harness.originRequests.length, headers.get(CC), headers.get(CDN)], [1, 'no-store', 'max-age=60']);
  }),
  check(
    'headers named by Connection are neither stored nor forwarded, in requests and responses',
    async () => {
      const harness = createHarness(() => fresh({ connection: 'A, b', a: '1', b: '2', c: '3' }));
      const first = await harness.get('/', {
        connection: 'x-secret',
        'x-secret': '1',
        te: 'trailers',
        'x-plain': '2',
      });
      const second = await harness.get();
      for (const { headers } of [first, second]) {
        equal(
          ['connection', 'a', 'b', 'c'].map((name) => headers.get(name)),
          [null, null, null, '3'],
        );
      }
      const sent = harness.originRequests[0]?.headers;
      equal(
        ['connection', 'x-secret', 'te', 'x-plain'].map((name) => sent?.get(name)),
        [null, null, null, '2'],
      );
    },
  ),
  check(
    'headers listed in no-cache and private are only for the requesting client (RFC 9111 §5.2.2.4)',
    async () => {
      const named = {
        [CC]: 'max-age=60, no-cache="a", private="set-cookie"',
        a: '1',
        b: '2',
        'set-cookie': 'c=d',
      };
      const harness = createHarness(() => reply(named));
      const [first, second] = [await harness.get(), await harness.get()];
      equal(
        ['a', 'b', 'set-cookie'].map((name) => first.headers.get(name)),
        ['1', '2', 'c=d'],
      );
      equal(
        ['a', 'b', 'set-cookie'].map((name) => second.headers.get(name)),
        [null, '2', null],
      );
      equal(harness.originRequests.length, 1, 'requests');
    },
  ),
  check('each Set-Cookie of a stored response keeps its own line', async () => {
    const harness = createHarness(() =>
      fresh({ 'set-cookie': ['a=1', 'b=2; Expires=Thu, 18 Aug 2050 02:01:18 GMT'] }),
    );
    await harness.get();
    equal((await harness.get()).headers.getSetCookie(), [
      'a=1',
      'b=2; Expires=Thu, 18 Aug 2050 02:01:18 GMT',
    ]);
  }),
  check('an uncacheable response is returned and deletes the stored one', async () => {
    const harness = createHarness(() => reply({ [CC]: 'max-age=1, stale-if-error=99', etag: '"a"' }));
    await harness.get();
    harness.advance(2);
    harness.setOrigin(() => reply({ [CC]: 'no-store' }, 'new'));
    const response = await harness.get();
    equal([await response.text(), cacheStatus(response)], ['new', 'http-cache; fwd=stale; fwd-status=200']);
    harness.setOrigin(() => reply({}, 'down', 503));
    equal(await (await harness.get()).text(), 'down');
  }),
  check('each value of a header named by Vary has its own response', async () => {
    const harness = createHarness((request) => fresh({ vary: 'X-Kind' }, request.headers.get('x-kind')));
    for (const kind of ['one', 'two', 'one', 'two']) {
      equal(await (await harness.get('/', { 'x-kind': kind })).text(), kind);
    }
    equal(harness.originRequests.length, 2, 'requests');
    equal(
      cacheStatus(await harness.get('/', { 'x-kind': 'x' })),
      'http-cache; fwd=vary-miss; fwd-status=200; stored',
    );
  }),
  check('Vary: Accept-Encoding has a single response, because Accept-Encoding is not forwarded', async () => {
    const harness = createHarness(() => fresh({ vary: 'Accept-Encoding' }));
    await harness.get('/', { 'accept-encoding': 'br' });
    await harness.get('/', { 'accept-encoding': 'gzip' });
    equal(
      [harness.originRequests.length, harness.originRequests[0]?.headers.get('accept-encoding')],
      [1, null],
    );
  }),
  check('an uncacheable response deletes only the variant that it replaces', async () => {
    const harness = createHarness(() => fresh({ vary: 'x' }));
    for (const x of ['1', '2']) await harness.get('/', { x });
    harness.advance(61);
    harness.setOrigin(() => reply({ [CC]: 'no-store' }));
    await harness.get('/', { x: '1' });
    harness.advance(-2);
    equal(
      [(await harness.get('/', { x: '2' })).headers.get('age'), harness.originRequests.length],
      ['59', 3],
    );
  }),
  check('a response without a body is stored with an empty body', async () => {
    const harness = createHarness(() => fresh({}, null));
    await harness.get();
    equal([await (await harness.get()).text(), harness.originRequests.length], ['', 1]);
  }),
  check('a client that modifies its bytes does not change the stored body', async () => {
    const harness = createHarness(() => fresh());
    for (let nth = 0; nth < 3; nth += 1) {
      const response = await harness.get();
      const bytes = new Uint8Array(await response.arrayBuffer());
      equal(new TextDecoder().decode(bytes), 'hello');
      bytes.fill(0);
      const reader = (await harness.get()).body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      value?.fill(0);
    }
    equal(harness.originRequests.length, 1, 'requests');
  }),
  check('the newest 32 variants of a key are kept', async () => {
    const harness = createHarness(() => fresh({ vary: 'x-n' }));
    for (let n = 0; n < 33; n += 1) await harness.get('/', { 'x-n': String(n) });
    await harness.get('/', { 'x-n': '1' });
    equal(harness.originRequests.length, 33, 'requests');
    await harness.get('/', { 'x-n': '0' });
    equal(harness.originRequests.length, 34, 'requests');
  }),
  check('Cache-Control and Pragma of a request are ignored', async () => {
    const harness = createHarness(() => fresh());
    await harness.get();
    for (const cacheControl of [
      'no-cache',
      'max-age=0',
      'no-store',
      'only-if-cached',
      'min-fresh=99',
      'foo',
    ]) {
      await harness.get('/', { [CC]: cacheControl, pragma: 'no-cache' });
    }
    equal(harness.originRequests.length, 1, 'requests');
    equal((await harness.get('/new', { [CC]: 'only-if-cached' })).status, 200);
  }),
  check('Pragma in a response is ignored', async () => {
    const harness = createHarness(() => fresh({ pragma: 'no-cache' }));
    await harness.get();
    await harness.get();
    equal(harness.originRequests.length, 1, 'requests');
  }),
  check('the default key includes the query as it was sent, without the fragment', async () => {
    const harness = createHarness(() => fresh());
    for (const path of ['/?a=1&b=2', '/?a=1&b=2#x', '/?b=2&a=1']) await harness.get(path);
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('the option `cacheKey` determines the key of a response', async () => {
    const harness = createHarness(() => fresh(), { cacheKey: (request) => new URL(request.url).pathname });
    await harness.get('/a?x=1');
    await harness.get('/a?x=2');
    equal(harness.originRequests.length, 1, 'requests');
    equal(harness.cache.lookup('/a')?.status, 200);
  }),
  check('`lookup()` and `purge()` use the key, the method and the headers of a Request', async () => {
    const harness = createHarness(() => fresh({ vary: 'x', etag: '"1"' }), {
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
    harness.advance(61);
    equal(cache.lookup(request({ headers: { x: '1' } }), { method: 'GET' }), undefined, 'stale');
    await cache.purge(request({}));
    equal(await harness.store.get('/a'), undefined, 'after the purge');
  }),
  check('a 302 with stale-while-revalidate and without a lifetime is not stored', async () => {
    const harness = createHarness(() => reply({ [CC]: 'stale-while-revalidate=60' }, 'x', 302));
    await harness.get();
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('a response after a redirect is not stored', async () => {
    const harness = createHarness(() => {
      const response = fresh();
      Object.defineProperty(response, 'redirected', { value: true });
      return response;
    });
    await harness.get();
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check(
    'a body from `fetch` that is shorter than its Content-Length is neither stored nor served',
    async () => {
      const harness = createHarness(() => asFetched(fresh({ 'content-length': '9' })));
      equal(
        String(await rejection(harness.get())),
        'TypeError: The length of the body differs from its Content-Length.',
      );
      harness.setOrigin(() => fresh());
      equal(await (await harness.get()).text(), 'hello');
    },
  ),
  check('an aborted body is neither stored nor served', async () => {
    const harness = createHarness(() =>
      fresh({}, new ReadableStream({ pull: (body) => body.error(new Error('reset')) })),
    );
    equal(String(await rejection(harness.get())), 'Error: reset');
    equal(harness.cache.lookup('https://origin.test/'), undefined);
  }),
  check('a decoded body loses Content-Encoding and Content-Length', async () => {
    for (const coding of ['gzip', 'br', 'x-gzip, deflate']) {
      const harness = createHarness(() => fresh({ 'content-encoding': coding, 'content-length': '3' }));
      for (const { headers } of [await harness.get(), await harness.get()]) {
        equal([headers.get('content-encoding'), headers.get('content-length')], [null, null]);
      }
    }
  }),
  check('an encoded body keeps Content-Encoding', async () => {
    const harness = createHarness(() =>
      fresh({ 'content-encoding': 'gzip', 'content-length': String(ENCODED.gzip.byteLength) }, ENCODED.gzip),
    );
    await harness.get();
    equal((await harness.get()).headers.get('content-encoding'), 'gzip');
  }),
  check('a decoded uncacheable body loses Content-Encoding', async () => {
    const harness = createHarness(() => reply({ 'content-encoding': 'gzip', 'content-length': '5' }));
    equal((await harness.get()).headers.get('content-encoding'), null);
  }),
];
