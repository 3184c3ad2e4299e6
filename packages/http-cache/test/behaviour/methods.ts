import { OriginError } from '../../src/index.ts';
import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { barrier, fresh, createHarness, reply, cacheStatus, flush } from '../harness/harness.ts';

const ROOT_URL = 'https://origin.test/';

export const methods: readonly Case[] = [
  check('a POST is forwarded with its body, and its response is returned unchanged', async () => {
    const texts: string[] = [];
    const harness = createHarness(async (request) => {
      texts.push(request.method, await request.text());
      return reply(
        { 'content-encoding': 'gzip', upgrade: 'x', 'cache-status': 'Upstream; hit' },
        'done',
        201,
      );
    });
    const request = new Request(ROOT_URL, { method: 'POST', body: 'abc', headers: { te: 'x' } });
    const response = await harness.cache.fetch(request);
    equal([response.status, await response.text(), ...texts], [201, 'done', 'POST', 'abc']);
    equal(response.headers.get('cache-status'), 'Upstream; hit, http-cache; fwd=method; fwd-status=201');
    equal(
      ['upgrade', 'content-encoding'].map((name) => response.headers.get(name)),
      [null, null],
    );
    equal(harness.originRequests[0]?.headers.has('te'), false);
  }),
  check('a safe method does not invalidate stored responses (RFC 9111 §4.4)', async () => {
    const harness = createHarness(() => fresh());
    await harness.get();
    await harness.get('/', {}, 'OPTIONS');
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check(
    'a Location of another origin, or one that is not a URL, is not invalidated (RFC 9111 §4.4)',
    async () => {
      const harness = createHarness((request) =>
        request.method === 'GET'
          ? fresh()
          : reply({ location: 'https://other.test/', 'content-location': 'http://[' }),
      );
      await harness.cache.fetch(new Request('https://other.test/'));
      await harness.get('/', {}, 'POST');
      await harness.cache.fetch(new Request('https://other.test/'));
      equal(harness.originRequests.length, 2, 'requests');
    },
  ),
  check('credentials and a fragment in Location are ignored in invalidation (RFC 9111 §4.4)', async () => {
    const harness = createHarness((request) =>
      request.method === 'GET' ? fresh() : reply({ location: 'https://a:b@origin.test/x?y#z' }),
    );
    await harness.get('/x?y');
    await harness.get('/', {}, 'POST');
    await harness.get('/x?y');
    equal(harness.originRequests.length, 3, 'requests');
  }),
  check('invalidation deletes all variants (RFC 9111 §4.4)', async () => {
    const harness = createHarness(() => fresh({ vary: 'x' }));
    await harness.get('/', { x: '1' });
    await harness.get('/', { x: '2' });
    await harness.get('/', {}, 'DELETE');
    await harness.get('/', { x: '1' });
    await harness.get('/', { x: '2' });
    equal(harness.originRequests.length, 5, 'requests');
  }),
  check('a POST that fails rejects and does not invalidate stored responses', async () => {
    const harness = createHarness(() => fresh());
    await harness.get();
    harness.setOrigin(() => Promise.reject(new TypeError('refused')));
    equal(String(await rejection(harness.get('/', {}, 'PUT'))), 'TypeError: refused');
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('`purge()` deletes the responses stored under a key', async () => {
    const harness = createHarness(() => fresh());
    await harness.get();
    await harness.cache.purge(ROOT_URL);
    equal(harness.cache.lookup(ROOT_URL), undefined);
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  check('a response that was in flight during a purge is neither stored nor shared', async () => {
    const gates = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
    const harness = createHarness((_, nth) => gates[nth - 1]?.wait ?? fresh({}, 'last'));
    const [leader, follower] = [harness.get(), harness.get()];
    await flush();
    await harness.cache.purge(ROOT_URL);
    const later = harness.get();
    await flush();
    equal(harness.originRequests.length, 2, 'requests');
    gates[0]?.open(fresh({}, 'before'));
    const first = await leader;
    equal([await first.text(), cacheStatus(first)], ['before', 'http-cache; fwd=uri-miss; fwd-status=200']);
    gates[1]?.open(fresh({}, 'after'));
    gates[2]?.open(fresh({}, 'follower'));
    equal([await (await later).text(), await (await follower).text()], ['after', 'follower']);
    equal(await (await harness.get()).text(), 'follower');
  }),
  check('a refresh that was in flight during a DELETE does not restore the deleted response', async () => {
    const gate = barrier<Response>();
    const stale = { 'cache-control': 'max-age=1, stale-while-revalidate=9', etag: '"a"' };
    const harness = createHarness(() => reply(stale, 'old'));
    await harness.get();
    harness.advance(2);
    harness.setOrigin(({ method }) => (method === 'GET' ? gate.wait : reply({}, '', 204)));
    await harness.get();
    await harness.get('/', {}, 'DELETE');
    gate.open(reply(stale, null, 304));
    await harness.settle();
    equal(harness.cache.lookup(ROOT_URL), undefined);
    harness.setOrigin(() => fresh({}, 'new'));
    equal(await (await harness.get()).text(), 'new');
  }),
  check('`lookup()` returns a fresh response as plain data, and undefined for a stale one', async () => {
    const harness = createHarness(() => fresh({ etag: '"a"', vary: 'x', date: 'd' }));
    await harness.get('/', { x: '1' });
    harness.advance(3);
    const headers = new Headers({ x: '1' });
    const found = harness.cache.lookup(ROOT_URL, { headers });
    equal(found, {
      status: 200,
      headers: [
        ['cache-control', 'max-age=60'],
        ['date', 'd'],
        ['etag', '"a"'],
        ['vary', 'x'],
        ['age', '3'],
        ['cache-status', 'http-cache; hit; ttl=57'],
      ],
      body: new TextEncoder().encode('hello'),
    });
    equal(harness.cache.lookup(ROOT_URL, { method: 'HEAD', headers })?.body, null);
    const conditional = new Map([
      ['x', '1'],
      ['if-none-match', '"a"'],
    ]);
    equal(harness.cache.lookup(ROOT_URL, { headers: conditional })?.status, 304);
    equal(harness.cache.lookup(ROOT_URL), undefined, 'another variant');
    harness.advance(57);
    equal(harness.cache.lookup(ROOT_URL, { headers }), undefined, 'stale');
    equal([harness.originRequests.length, harness.background.length], [1, 1], 'lookup sends no request');
  }),
  check('`lookup()` and `fetch()` return the same response', async () => {
    const harness = createHarness(() => fresh({ etag: '"a"', 'set-cookie': ['a=1', 'b=2'] }));
    await harness.get();
    harness.advance(5);
    for (const requestHeaders of [{}, { 'if-none-match': '"a"' }, { range: 'bytes=1-2' }]) {
      const headers = new Headers(requestHeaders);
      const found = harness.cache.lookup(ROOT_URL, { headers });
      const response = await harness.cache.fetch(new Request(ROOT_URL, { headers }));
      equal(
        [response.status, await response.text()],
        [found?.status, new TextDecoder().decode(found?.body ?? undefined)],
      );
      equal([...response.headers], [...new Headers(found?.headers)]);
    }
  }),
  check(
    'Cache-Status is appended to that of other caches, with the name as a token or a string',
    async () => {
      for (const [name, written] of [
        ['room-recordings', 'room-recordings'],
        ['a "b" \\ é', String.raw`"a \"b\" \\ "`],
      ] as const) {
        const harness = createHarness(() => fresh({ 'cache-status': ['A; hit', 'B; fwd=miss'] }), { name });
        const first = await harness.get();
        equal(
          first.headers.get('cache-status'),
          `A; hit, B; fwd=miss, ${written}; fwd=uri-miss; fwd-status=200; stored`,
        );
        equal(
          (await harness.get()).headers.get('cache-status'),
          `A; hit, B; fwd=miss, ${written}; hit; ttl=60`,
        );
      }
    },
  ),
  check('the response of an `OriginError` to a POST is returned', async () => {
    for (const allowStale of [true, false]) {
      const harness = createHarness(() =>
        Promise.reject(new OriginError(reply({}, 'slow down', 429), { allowStale })),
      );
      const response = await harness.cache.fetch(new Request(ROOT_URL, { method: 'POST' }));
      equal([response.status, await response.text()], [429, 'slow down']);
      equal(cacheStatus(response), 'http-cache; fwd=method; fwd-status=429');
    }
  }),
  check('any other error of a POST is thrown', async () => {
    const harness = createHarness(() => Promise.reject(new TypeError('refused')));
    const request = new Request(ROOT_URL, { method: 'POST' });
    equal(String(await rejection(harness.cache.fetch(request))), 'TypeError: refused');
  }),
];
