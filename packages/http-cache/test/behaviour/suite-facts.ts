import { check, equal, type Case } from '@room-recordings/testing/cases';
import { dateAt, fresh, makeWorld, reply, type World } from '../harness/world.ts';
import { FIELDS_FACTS } from './suite-fields.ts';

/** The facts of the public suite (http-tests/cache-tests) under the names it gives them, as it asks: three seconds apart. */
const PAUSE = 3;

const CC = 'cache-control';
const LONG = { [CC]: 'max-age=3600' };

const byFields = FIELDS_FACTS.map(([id, kind, fields, isReused]) =>
  check(`suite ${kind}: ${id}`, async () => {
    const world = makeWorld(() => reply(fields));
    await read(world);
    world.pass(PAUSE);
    await read(world);
    equal(world.sent.length, isReused ? 1 : 2, 'requests');
  }),
);

const STATUSES = [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599];
const byStatus = STATUSES.flatMap((status) => [
  check(`suite optimal: status-${status}-fresh`, async () => {
    const world = makeWorld(() => fresh({}, 'x', status));
    await read(world);
    world.pass(PAUSE);
    const { response } = await read(world);
    equal([response.status, world.sent.length], [status, 1]);
  }),
  check(`suite required: status-${status}-stale`, async () => {
    const expired = { expires: dateAt(-5000), 'last-modified': dateAt(-100_000), date: dateAt(0) };
    const world = makeWorld(() => reply(expired, 'x', status));
    await read(world);
    await read(world);
    equal(world.sent.length, 2, 'requests');
  }),
]);

const HEURISTIC: readonly (readonly [status: number, isReused: boolean])[] = [
  ...[200, 203, 204, 404, 405, 410, 414, 501].map((status) => [status, true] as const),
  ...[201, 202, 403, 502, 503, 504, 599].map((status) => [status, false] as const),
];
const byHeuristics = [
  ...HEURISTIC.map(([status, isReused]) =>
    check(`suite: heuristic-${status}-${isReused ? 'cached' : 'not_cached'}`, async () => {
      const world = makeWorld(() =>
        reply({ 'last-modified': dateAt(-86_400), date: dateAt(0) }, 'x', status),
      );
      await read(world);
      await read(world);
      equal(world.sent.length, isReused ? 1 : 2, 'requests');
    }),
  ),
  check('suite optimal: heuristic-599-cached where it is public', async () => {
    const fields = { 'last-modified': dateAt(-86_400), date: dateAt(0), [CC]: 'public' };
    const world = makeWorld(() => reply(fields, 'x', 599));
    await read(world);
    await read(world);
    equal(world.sent.length, 1, 'requests');
  }),
];

const understood: readonly Case[] = (
  [
    [200, 'optimal', 1],
    [599, 'required', 2],
  ] as const
).map(([status, kind, requests]) =>
  check(`suite ${kind}: status-${status}-must-understand`, async () => {
    const world = makeWorld(() => reply({ [CC]: 'max-age=3600, no-store, must-understand' }, 'x', status));
    await read(world);
    await read(world);
    equal(world.sent.length, requests, 'requests');
  }),
);

/** Headers of the first request, of the second, what Vary says, and whether the second is answered from the store. */
const VARY: readonly (readonly [string, Record<string, string>, Record<string, string>, string, boolean])[] =
  [
    ['vary-match', { foo: '1' }, { foo: '1' }, 'Foo', true],
    ['vary-no-match', { foo: '1' }, { foo: '2' }, 'Foo', false],
    ['vary-omit-stored', {}, { foo: '1' }, 'Foo', false],
    ['vary-omit', { foo: '1' }, {}, 'Foo', false],
    ['vary-cache-key', { foo: '1', other: '2' }, { foo: '1', other: '3' }, 'Foo', true],
    ['vary-2-match', { foo: '1', bar: 'abc' }, { foo: '1', bar: 'abc' }, 'Foo, Bar', true],
    ['vary-2-no-match', { foo: '1', bar: 'abc' }, { foo: '2', bar: 'abc' }, 'Foo, Bar', false],
    ['vary-2-match-omit', { foo: '1', bar: 'abc' }, {}, 'Foo, Bar', false],
    [
      'vary-3-order',
      { foo: '1', bar: 'a', baz: '7' },
      { foo: '1', baz: '7', bar: 'b' },
      'Foo, Bar, Baz',
      false,
    ],
    ['vary-3-omit', { foo: '1', baz: '7' }, { foo: '1', baz: '7' }, 'Foo, Bar, Baz', true],
  ];
const byVary = VARY.map(([id, first, second, vary, isReused]) =>
  check(`suite: ${id}`, async () => {
    const world = makeWorld(() => fresh({ vary }));
    await world.get('/', first);
    await world.get('/', second);
    equal(world.sent.length, isReused ? 1 : 2, 'requests');
  }),
);

const STORED: readonly string[] = [
  'test-header',
  'x-test-header',
  'content-foo',
  'x-content-foo',
  'content-encoding',
  'content-location',
  'content-md5',
  'content-range',
  'content-security-policy',
  'content-type',
  'clear-site-data',
  'etag',
  'expires',
  'public-key-pins',
  'set-cookie',
  'set-cookie2',
  'x-frame-options',
  'x-xss-protection',
];
const NOT_STORED: readonly string[] = [
  'keep-alive',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'connection',
];
const byStoredField = [
  ...STORED.map((name) => [name, 'value'] as const),
  ...NOT_STORED.map((name) => [name, null] as const),
].map(([name, expected]) =>
  check(`R21 suite required: headers-store-${name}`, async () => {
    const world = makeWorld(() => reply({ [name]: 'value', ...LONG }));
    const first = await world.get();
    const second = await world.get();
    equal(
      [first, second].map(({ headers }) => headers.get(name)),
      [expected, expected],
    );
    equal(world.sent.length, 1, 'requests');
  }),
);

// The suite's unknown method is M-SEARCH, of which workerd makes no Request; to the cache REPORT is as unknown.
const invalidating = ['POST', 'PUT', 'DELETE', 'REPORT'].flatMap((method) => [
  check(`suite required: invalidate-${method}`, async () => {
    const world = makeWorld(() => reply(LONG));
    await world.get();
    await world.get('/', {}, method);
    await world.get();
    equal(
      world.sent.map((request) => request.method),
      ['GET', method, 'GET'],
    );
  }),
  check(`suite optimal: invalidate-${method}-failed`, async () => {
    const world = makeWorld(({ method: asked }) => (asked === 'GET' ? reply(LONG) : reply({}, 'no', 500)));
    await world.get();
    await world.get('/', {}, method);
    await world.get();
    equal(world.sent.length, 2, 'requests');
  }),
  ...['location', 'content-location'].map((field) =>
    check(`suite: invalidate-${method}-${field}`, async () => {
      const world = makeWorld(({ method: asked }) =>
        asked === 'GET' ? reply(LONG) : reply({ [field]: '/target' }),
      );
      await world.get('/target');
      await world.get('/other', {}, method);
      await world.get('/target');
      equal(world.sent.length, 3, 'requests');
    }),
  ),
]);

const AUTHORIZED: readonly (readonly [string, string, boolean])[] = [
  ['other-authorization', 'max-age=3600', false],
  ['other-authorization-public', 'max-age=3600, public', true],
  ['other-authorization-must-revalidate', 'max-age=3600, must-revalidate', true],
  ['other-authorization-smaxage', 's-maxage=3600', true],
];
const byAuthorization = AUTHORIZED.map(([id, cacheControl, isReused]) =>
  check(`suite: ${id}`, async () => {
    const world = makeWorld(() => reply({ [CC]: cacheControl }));
    await world.get('/', { authorization: 'FOO' });
    equal(world.sent[0]?.headers.get('authorization'), 'FOO');
    await world.get();
    equal(world.sent.length, isReused ? 1 : 2, 'requests');
  }),
);

async function read(world: World): Promise<{ readonly response: Response; readonly text: string }> {
  const response = await world.get();
  return { response, text: await response.text() };
}

export const suiteFacts: readonly Case[] = [
  ...byFields,
  ...byStatus,
  ...byHeuristics,
  ...understood,
  ...byVary,
  ...byStoredField,
  ...invalidating,
  ...byAuthorization,
];
