import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { dateAt, makeWorld, reply, statusOf, type Origin, type World } from '../harness/world.ts';

const CC = 'cache-control';
const SHORT = { [CC]: 'max-age=10', etag: '"a"' };

/** A world with one answer in it that can be validated and has gone stale. */
async function expired(fields: Record<string, string>, origin: Origin): Promise<World> {
  const world = makeWorld(() => reply(fields, 'old'));
  await world.get();
  world.pass(11);
  world.answer(origin);
  return world;
}

const updated = checkEach(
  'suite: a 304 updates %s',
  [
    ['test-header', 'A', 'B'],
    ['x-test-header', 'A', 'B'],
    ['content-foo', 'A', 'B'],
    ['cache-control', 'max-age=10', 'max-age=3600'],
    ['content-location', '/foo', '/bar'],
    ['content-security-policy', "default-src 'self'", "default-src 'none'"],
    ['content-type', 'text/plain', 'text/plain;charset=utf-8'],
    ['expires', dateAt(9), dateAt(900)],
    ['set-cookie', 'a=b', 'a=c'],
    ['x-frame-options', 'deny', 'sameorigin'],
    ['last-modified', dateAt(-99), dateAt(-9)],
  ],
  async (name, before, after) => {
    const world = await expired({ ...SHORT, [name]: before }, () =>
      reply({ ...SHORT, [name]: after }, null, 304),
    );
    const validated = await world.get();
    equal([validated.status, await validated.text(), validated.headers.get(name)], [200, 'old', after]);
    const hit = await world.get();
    equal([hit.headers.get(name), world.sent.length], [after, 2]);
  },
);

const protectedFields = checkEach(
  'suite required: a 304 never updates %s, which is about the bytes that are stored',
  [
    ['content-length', '3', '10'],
    ['content-encoding', 'x-a', 'x-b'],
    ['content-range', 'bytes 0-2/3', 'bytes 0-9/10'],
  ],
  async (name, before, after) => {
    const world = await expired({ ...SHORT, [name]: before }, () =>
      reply({ ...SHORT, [name]: after }, null, 304),
    );
    for (const response of [await world.get(), await world.get()]) equal(response.headers.get(name), before);
    equal(world.sent.length, 2, 'requests');
  },
);

export const validation: readonly Case[] = [
  ...updated,
  ...protectedFields,
  check('R43 a stale answer is asked for by its own validators, and a 304 makes it fresh again', async () => {
    const fields = { [CC]: 'max-age=10', etag: 'W/"a"', 'last-modified': dateAt(-50), 'x-kept': '1' };
    const world = await expired(fields, () => reply({ etag: 'W/"a"', date: dateAt(11) }, null, 304));
    const response = await world.get('/', { 'if-none-match': '"mine"' });
    equal([response.status, await response.text()], [200, 'old']);
    equal(
      ['date', 'x-kept', 'age'].map((name) => response.headers.get(name)),
      [dateAt(11), '1', null],
    );
    equal(statusOf(response), 'http-cache; fwd=stale; fwd-status=304; stored');
    const sent = world.sent[1]?.headers;
    equal(
      ['if-none-match', 'if-modified-since'].map((name) => sent?.get(name)),
      ['W/"a"', dateAt(-50)],
    );
    world.pass(9);
    const hit = await world.get();
    equal([hit.headers.get('age'), hit.headers.get('date'), world.sent.length], ['9', dateAt(11), 2]);
  }),
  check('suite required: 304-lm-use-stored: fields that a 304 leaves out are kept', async () => {
    const fields = { [CC]: 'max-age=2', 'last-modified': dateAt(-50), 'test-header': 'A' };
    const world = await expired(fields, () => reply({ 'last-modified': dateAt(-50) }, null, 304));
    equal((await world.get()).headers.get('test-header'), 'A');
  }),
  check('R43 a 304 is passed to a client only where its own condition holds', async () => {
    for (const [asked, status] of [
      ['"a"', 304],
      ['"b"', 200],
    ] as const) {
      const world = await expired(SHORT, () => reply(SHORT, null, 304));
      equal((await world.get('/', { 'if-none-match': asked })).status, status);
    }
  }),
  check('R43 a new answer replaces the old one, and may be a 304 to a client that holds it', async () => {
    const world = await expired(SHORT, () => reply({ ...SHORT, etag: '"b"' }, 'new'));
    equal((await world.get('/', { 'if-none-match': '"b"' })).status, 304);
    equal(await (await world.get()).text(), 'new');
  }),
  check('R43 a 304 to a request without a condition is a fault of the origin', async () => {
    const world = makeWorld(() => reply({}, null, 304));
    equal(
      String(await rejection(world.get())),
      'TypeError: The origin responded 304 to an unconditional request.',
    );
  }),
  check('R43 so is one where what is stored has no validator, or is an error', async () => {
    for (const [fields, status] of [
      [{ [CC]: 'max-age=10, stale-if-error=5' }, 200],
      [{ [CC]: 'max-age=10', etag: '"a"' }, 404],
    ] as const) {
      const world = makeWorld(() => reply(fields, 'old', status));
      await world.get();
      world.pass(status === 200 ? 20 : 11);
      world.answer(() => reply({}, null, 304));
      equal((await rejection(world.get())) instanceof TypeError, true);
      equal(world.sent[1]?.headers.has('if-none-match'), false);
    }
  }),
  check('R43 a 304 about another answer updates nothing: it is asked for without a condition', async () => {
    const world = await expired(SHORT, (request) =>
      request.headers.has('if-none-match')
        ? reply({ etag: '"b"' }, null, 304)
        : reply({ etag: '"b"' }, 'new'),
    );
    equal([await (await world.get()).text(), world.sent.length], ['new', 3]);
  }),
  check('RFC 9111 §4.3.4 a tag that is weak on one side alone is the same answer', async () => {
    const world = await expired(SHORT, () => reply({ etag: 'W/"a"' }, null, 304));
    equal([await (await world.get()).text(), world.sent.length], ['old', 2]);
  }),
  check('an answer without a tag is confirmed by a 304 with one', async () => {
    const fields = { [CC]: 'max-age=10', 'last-modified': dateAt(-50) };
    const world = await expired(fields, () => reply({ etag: '"a"' }, null, 304));
    equal([await (await world.get()).text(), world.sent.length], ['old', 2]);
  }),
  check('a 304 that says no-store is the last word: the answer is served and dropped', async () => {
    const world = await expired(SHORT, ({ headers }) =>
      headers.has('if-none-match') ? reply({ [CC]: 'no-store' }, null, 304) : reply(SHORT, 'new'),
    );
    const response = await world.get();
    equal([response.status, await response.text(), response.headers.get(CC)], [200, 'old', 'no-store']);
    await world.get();
    equal(world.sent[2]?.headers.has('if-none-match'), false);
  }),
  check('no-cache is stored and asked for at every use', async () => {
    const fields = { [CC]: 'no-cache, max-age=999', etag: '"a"' };
    const world = makeWorld((request) =>
      reply(fields, 'old', request.headers.has('if-none-match') ? 304 : 200),
    );
    for (let use = 0; use < 3; use += 1) equal(await (await world.get()).text(), 'old');
    equal(
      world.sent.map(({ headers }) => headers.get('if-none-match')),
      [null, '"a"', '"a"'],
    );
  }),
  check(
    'suite required: conditional-etag-vary-headers: what Vary names goes with the condition',
    async () => {
      const fields = { expires: dateAt(1), etag: '"a"', date: dateAt(0), vary: 'Abc' };
      const world = makeWorld(() => reply(fields));
      await world.get('/', { abc: '123' });
      world.pass(3);
      await world.get('/', { abc: '123' });
      equal(
        ['abc', 'if-none-match'].map((name) => world.sent[1]?.headers.get(name)),
        ['123', '"a"'],
      );
    },
  ),
  check('an upstream Age in a 304 counts from there', async () => {
    const world = await expired(SHORT, () => reply({ ...SHORT, age: '4' }, null, 304));
    equal((await world.get()).headers.get('age'), '4');
  }),
];
