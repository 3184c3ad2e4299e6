import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { dateAt, fresh, makeWorld, reply, statusOf, turn, type World } from '../harness/world.ts';

const ETAG = '"abc"';

/** A world with one fresh answer in it. */
async function filled(headers: Record<string, string> = { etag: ETAG }): Promise<World> {
  const world = makeWorld(() => fresh(headers));
  await world.get();
  return world;
}

async function statusFor(world: World, headers: Record<string, string>): Promise<number> {
  const response = await world.get('/', headers);
  equal(world.sent.length, 1, 'requests');
  return response.status;
}

const matching = checkEach(
  'R03 If-None-Match %s matches',
  [
    ['the same strong tag', '"abc"', '"abc"'],
    ['a weak tag of a strong one', 'W/"abc"', '"abc"'],
    ['a strong tag of a weak one', '"abc"', 'W/"abc"'],
    ['the first of a list', '"abc", "d"', '"abc"'],
    ['the middle of a list', '"d",W/"abc" , "e"', '"abc"'],
    ['the last of a list', '"d", "abc"', '"abc"'],
    ['after empty members and blanks', ' , ,  "abc" ,', '"abc"'],
    ['a tag with a comma in it', '"d", "a,b"', '"a,b"'],
    ['R04 an asterisk', '*', '"abc"'],
    ['R04 an asterisk where there is no tag', '*', ''],
  ],
  async (_, asked, etag) => {
    const world = await filled(etag === '' ? {} : { etag });
    equal(await statusFor(world, { 'if-none-match': asked }), 304);
  },
);

const different = checkEach(
  'R05 If-None-Match %s matches nothing, and is no error',
  [
    ['another tag', '"abd"', '"abc"'],
    ['an unquoted tag', 'abc', '"abc"'],
    ['a tag with a lower-case w/', 'w/"abc"', '"abc"'],
    ['an unquoted tag of an answer with an unquoted one', 'abc', 'abc'],
    ['a tag of an answer without', '"abc"', ''],
    ['a tag that is part of a longer one', '"abcd", "xabc"', '"abc"'],
    ['an empty list', '', '"abc"'],
  ],
  async (_, asked, etag) => {
    const world = await filled(etag === '' ? {} : { etag });
    equal(await statusFor(world, { 'if-none-match': asked }), 200);
  },
);

const dated = checkEach(
  'R06 If-Modified-Since: %s',
  [
    ['the same moment', { 'last-modified': dateAt(-50) }, { 'if-modified-since': dateAt(-50) }, 304],
    ['a later moment', { 'last-modified': dateAt(-50) }, { 'if-modified-since': dateAt(-40) }, 304],
    ['an earlier moment', { 'last-modified': dateAt(-50) }, { 'if-modified-since': dateAt(-60) }, 200],
    ['no date', { 'last-modified': dateAt(-50) }, { 'if-modified-since': 'soon' }, 200],
    [
      'the Date of an answer without Last-Modified',
      { date: dateAt(-5) },
      { 'if-modified-since': dateAt(-5) },
      304,
    ],
    ['an answer without any date that is one', { date: 'now' }, { 'if-modified-since': dateAt(9) }, 200],
    [
      'ignored where If-None-Match does not match',
      { etag: ETAG, 'last-modified': dateAt(-50) },
      { 'if-none-match': '"x"', 'if-modified-since': dateAt(0) },
      200,
    ],
    [
      'ignored where If-None-Match matches',
      { etag: ETAG, 'last-modified': dateAt(-50) },
      { 'if-none-match': ETAG, 'if-modified-since': dateAt(-60) },
      304,
    ],
  ],
  async (_, stored: Record<string, string>, asked: Record<string, string>, status: number) => {
    equal(await statusFor(await filled(stored), asked), status);
  },
);

export const conditions: readonly Case[] = [
  ...matching,
  ...different,
  ...dated,
  check(
    'R02 a fresh answer that the client holds is a 304 without a body, and the origin is not asked',
    async () => {
      const world = await filled();
      const response = await world.get('/', { 'if-none-match': ETAG });
      equal([response.status, await response.text(), world.sent.length], [304, '', 1]);
    },
  ),
  check('R02 so is a stale one that is served while it is refreshed', async () => {
    const world = makeWorld(() =>
      reply({ 'cache-control': 'max-age=1, stale-while-revalidate=9', etag: ETAG }),
    );
    await world.get();
    world.pass(2);
    equal((await world.get('/', { 'if-none-match': ETAG })).status, 304);
  }),
  check('R04 an asterisk is answered 404 where what is stored is a 404', async () => {
    const world = makeWorld(() => fresh({ etag: ETAG }, 'gone', 404));
    await world.get();
    equal(await statusFor(world, { 'if-none-match': '*' }), 404);
  }),
  check('R09 a 304 has the fields of the 200 but those of the body, with Age and Cache-Status', async () => {
    const kept = {
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=60',
      'content-location': '/a',
      date: dateAt(0),
      etag: ETAG,
      expires: dateAt(60),
      vary: 'accept',
    };
    const left = {
      'content-language': 'en',
      'content-length': '5',
      'content-type': 'text/plain',
      'last-modified': dateAt(-9),
    };
    const world = await filled({ ...kept, ...left });
    world.pass(7);
    const { headers } = await world.get('/', { 'if-none-match': ETAG });
    const sorted = [...headers].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const expected = { ...kept, age: '7', 'cache-status': 'http-cache; hit; ttl=53' };
    equal(
      sorted,
      Object.entries(expected).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }),
  check('R09 a 304 keeps Last-Modified where there is no ETag', async () => {
    const world = await filled({ 'last-modified': dateAt(-9) });
    const { headers } = await world.get('/', { 'if-modified-since': dateAt(0) });
    equal(headers.get('last-modified'), dateAt(-9));
  }),
  check('R11 a request without a condition is answered whole, also by way of a 304', async () => {
    const world = makeWorld((request) =>
      request.headers.has('if-none-match')
        ? reply({ 'cache-control': 'max-age=1' }, null, 304)
        : fresh({ etag: ETAG }),
    );
    await world.get();
    world.pass(61);
    const response = await world.get();
    equal([response.status, await response.text()], [200, 'hello']);
  }),
  check('R12 HEAD has the status and the fields of GET, and no body', async () => {
    const world = await filled({ etag: ETAG, 'content-length': '5' });
    const [get, head] = [await world.get(), await world.get('/', {}, 'HEAD')];
    equal([head.status, [...head.headers], await head.text()], [get.status, [...get.headers], '']);
  }),
  check(
    'R13 a HEAD that finds nothing asks with GET and fills the entry, not with an empty body',
    async () => {
      const world = makeWorld(() => fresh());
      const head = await world.get('/', {}, 'HEAD');
      equal([head.status, await head.text(), world.sent.map(({ method }) => method)], [200, '', ['GET']]);
      equal([await (await world.get()).text(), world.sent.length], ['hello', 1]);
    },
  ),
  check('R13 a HEAD does not empty what is stored, nor where it is stale', async () => {
    const world = await filled();
    await world.get('/', {}, 'HEAD');
    world.pass(61);
    await world.get('/', {}, 'HEAD');
    equal([await (await world.get()).text(), world.sent.length], ['hello', 2]);
  }),
  check('R13 a HEAD of what may not be stored takes no body', async () => {
    let isCancelled = false;
    const body = new ReadableStream({ cancel: () => void (isCancelled = true) });
    const world = makeWorld(() => reply({ 'cache-control': 'no-store' }, body));
    const head = await world.get('/', {}, 'HEAD');
    equal([head.status, await head.text(), isCancelled], [200, '', true]);
  }),
  check('an entry of someone else’s that has no date at all is as new as can be', async () => {
    const world = await filled({});
    const entry = await world.store.get('https://origin.test/');
    const variants = entry?.variants.map((variant) => ({ ...variant, headers: [] })) ?? [];
    await world.store.set('https://origin.test/', { variants });
    equal(await statusFor(world, { 'if-modified-since': dateAt(9) }), 200);
  }),
  check('R13 a HEAD of what has broken off already is answered, and nobody’s error', async () => {
    const body = new ReadableStream({ start: (stream) => stream.error(new Error('reset')) });
    const world = makeWorld(() => reply({ 'cache-control': 'no-store' }, body));
    equal((await world.get('/', {}, 'HEAD')).status, 200);
    await turn();
  }),
  check('R14 a HEAD that names what is stored is a 304', async () => {
    const world = await filled();
    equal((await world.get('/', { 'if-none-match': ETAG }, 'HEAD')).status, 304);
  }),
  check('the condition of the client does not go to the origin, and is judged by what comes', async () => {
    const world = makeWorld(() => fresh({ etag: ETAG }));
    const response = await world.get('/', { 'if-none-match': ETAG, 'if-modified-since': dateAt(0) });
    equal(response.status, 304);
    equal(statusOf(response), 'http-cache; fwd=uri-miss; fwd-status=200; stored');
    const headers = world.sent[0]?.headers;
    equal([headers?.has('if-none-match'), headers?.has('if-modified-since')], [false, false]);
  }),
  check('conditions apply to a response that may not be stored', async () => {
    const headers = { 'cache-control': 'no-store', etag: ETAG, 'last-modified': dateAt(-100) };
    for (const [status, request] of [
      [304, { 'if-none-match': ETAG }],
      [200, { 'if-none-match': '"x"' }],
      [304, { 'if-modified-since': dateAt(-100) }],
      [200, { 'if-modified-since': dateAt(-101) }],
    ] as const) {
      const response = await makeWorld(() => reply(headers, 'whole')).get('/', request);
      equal([response.status, await response.text()], [status, status === 304 ? '' : 'whole']);
      equal(response.headers.get('etag'), ETAG);
    }
  }),
  check('conditions do not apply to an error that may not be stored', async () => {
    const world = makeWorld(() => reply({ 'cache-control': 'no-store', etag: ETAG }, 'no', 502));
    equal((await world.get('/', { 'if-none-match': ETAG })).status, 502);
  }),
];
