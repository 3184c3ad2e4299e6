import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { barrier, fresh, makeWorld, reply, statusOf, turn } from '../harness/world.ts';

const URL_OF_ROOT = 'https://origin.test/';

export const methods: readonly Case[] = [
  check('a POST goes on with its body, and its answer comes back as it is', async () => {
    const texts: string[] = [];
    const world = makeWorld(async (request) => {
      texts.push(request.method, await request.text());
      return reply(
        { 'content-encoding': 'gzip', upgrade: 'x', 'cache-status': 'Upstream; hit' },
        'done',
        201,
      );
    });
    const request = new Request(URL_OF_ROOT, { method: 'POST', body: 'abc', headers: { te: 'x' } });
    const response = await world.cache.fetch(request);
    equal([response.status, await response.text(), ...texts], [201, 'done', 'POST', 'abc']);
    equal(response.headers.get('cache-status'), 'Upstream; hit, http-cache; fwd=method; fwd-status=201');
    equal(
      ['upgrade', 'content-encoding'].map((name) => response.headers.get(name)),
      [null, null],
    );
    equal(world.sent[0]?.headers.has('te'), false);
  }),
  check('RFC 9111 §4.4 a safe method invalidates nothing', async () => {
    const world = makeWorld(() => fresh());
    await world.get();
    await world.get('/', {}, 'OPTIONS');
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check(
    'RFC 9111 §4.4 Location of another origin, or none that is a URL, invalidates nothing else',
    async () => {
      const world = makeWorld((request) =>
        request.method === 'GET'
          ? fresh()
          : reply({ location: 'https://other.test/', 'content-location': 'http://[' }),
      );
      await world.cache.fetch(new Request('https://other.test/'));
      await world.get('/', {}, 'POST');
      await world.cache.fetch(new Request('https://other.test/'));
      equal(world.sent.length, 2, 'requests');
    },
  ),
  check(
    'RFC 9111 §4.4 credentials and a fragment in Location are no part of what is invalidated',
    async () => {
      const world = makeWorld((request) =>
        request.method === 'GET' ? fresh() : reply({ location: 'https://a:b@origin.test/x?y#z' }),
      );
      await world.get('/x?y');
      await world.get('/', {}, 'POST');
      await world.get('/x?y');
      equal(world.sent.length, 3, 'requests');
    },
  ),
  check('RFC 9111 §4.4 what is invalidated is dropped for every value of Vary', async () => {
    const world = makeWorld(() => fresh({ vary: 'x' }));
    await world.get('/', { x: '1' });
    await world.get('/', { x: '2' });
    await world.get('/', {}, 'DELETE');
    await world.get('/', { x: '1' });
    await world.get('/', { x: '2' });
    equal(world.sent.length, 5, 'requests');
  }),
  check('a method that throws rejects, and invalidates nothing', async () => {
    const world = makeWorld(() => fresh());
    await world.get();
    world.answer(() => Promise.reject(new TypeError('refused')));
    equal(String(await rejection(world.get('/', {}, 'PUT'))), 'TypeError: refused');
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check('purge drops what is stored under a key', async () => {
    const world = makeWorld(() => fresh());
    await world.get();
    await world.cache.purge(URL_OF_ROOT);
    equal(world.cache.lookup(URL_OF_ROOT), undefined);
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  check(
    'F36 what was on its way when a key was purged is not stored, and nobody else is given it',
    async () => {
      const gates = [barrier<Response>(), barrier<Response>(), barrier<Response>()];
      const world = makeWorld((_, nth) => gates[nth - 1]?.wait ?? fresh({}, 'last'));
      const [leader, follower] = [world.get(), world.get()];
      await turn();
      await world.cache.purge(URL_OF_ROOT);
      const later = world.get();
      await turn();
      equal(world.sent.length, 2, 'requests');
      gates[0]?.open(fresh({}, 'before'));
      const first = await leader;
      equal([await first.text(), statusOf(first)], ['before', 'http-cache; fwd=uri-miss; fwd-status=200']);
      gates[1]?.open(fresh({}, 'after'));
      gates[2]?.open(fresh({}, 'follower'));
      equal([await (await later).text(), await (await follower).text()], ['after', 'follower']);
      equal(await (await world.get()).text(), 'follower');
    },
  ),
  check('F36 a refresh that was on its way does not bring back what a DELETE has dropped', async () => {
    const gate = barrier<Response>();
    const stale = { 'cache-control': 'max-age=1, stale-while-revalidate=9', etag: '"a"' };
    const world = makeWorld(() => reply(stale, 'old'));
    await world.get();
    world.pass(2);
    world.answer(({ method }) => (method === 'GET' ? gate.wait : reply({}, '', 204)));
    await world.get();
    await world.get('/', {}, 'DELETE');
    gate.open(reply(stale, null, 304));
    await world.settle();
    equal(world.cache.lookup(URL_OF_ROOT), undefined);
    world.answer(() => fresh({}, 'new'));
    equal(await (await world.get()).text(), 'new');
  }),
  check('lookup answers what is fresh as plain data, and nothing else', async () => {
    const world = makeWorld(() => fresh({ etag: '"a"', vary: 'x', date: 'd' }));
    await world.get('/', { x: '1' });
    world.pass(3);
    const headers = new Headers({ x: '1' });
    const answer = world.cache.lookup(URL_OF_ROOT, { headers });
    equal(answer, {
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
    equal(world.cache.lookup(URL_OF_ROOT, { method: 'HEAD', headers })?.body, null);
    const conditional = new Map([
      ['x', '1'],
      ['if-none-match', '"a"'],
    ]);
    equal(world.cache.lookup(URL_OF_ROOT, { headers: conditional })?.status, 304);
    equal(world.cache.lookup(URL_OF_ROOT), undefined, 'another variant');
    world.pass(57);
    equal(world.cache.lookup(URL_OF_ROOT, { headers }), undefined, 'stale');
    equal([world.sent.length, world.background.length], [1, 1], 'a look-up asks nobody');
  }),
  check('lookup and fetch say the same', async () => {
    const world = makeWorld(() => fresh({ etag: '"a"', 'set-cookie': ['a=1', 'b=2'] }));
    await world.get();
    world.pass(5);
    for (const asked of [{}, { 'if-none-match': '"a"' }, { range: 'bytes=1-2' }]) {
      const headers = new Headers(asked);
      const answer = world.cache.lookup(URL_OF_ROOT, { headers });
      const response = await world.cache.fetch(new Request(URL_OF_ROOT, { headers }));
      equal(
        [response.status, await response.text()],
        [answer?.status, new TextDecoder().decode(answer?.body ?? undefined)],
      );
      equal([...response.headers], [...new Headers(answer?.headers)]);
    }
  }),
  check('R48 Cache-Status is put behind that of the caches before, and is a token or a string', async () => {
    for (const [name, written] of [
      ['room-recordings', 'room-recordings'],
      ['a "b" \\ é', String.raw`"a \"b\" \\ "`],
    ] as const) {
      const world = makeWorld(() => fresh({ 'cache-status': ['A; hit', 'B; fwd=miss'] }), { name });
      const first = await world.get();
      equal(
        first.headers.get('cache-status'),
        `A; hit, B; fwd=miss, ${written}; fwd=uri-miss; fwd-status=200; stored`,
      );
      equal((await world.get()).headers.get('cache-status'), `A; hit, B; fwd=miss, ${written}; hit; ttl=60`);
    }
  }),
];
