import { check, equal, type Case } from '@room-recordings/testing/cases';
import { httpDate, fresh, createHarness, reply, type Harness } from '../harness/harness.ts';
import { HEADER_CASES } from './cache-tests-fields.ts';

/** Seconds between the requests of the public suite (http-tests/cache-tests). The cases have the names of its tests. */
const PAUSE = 3;

const CC = 'cache-control';
const LONG = { [CC]: 'max-age=3600' };

const byHeaders = HEADER_CASES.map(([id, kind, headers, isReused]) =>
  check(`cache-tests (${kind}): ${id}`, async () => {
    const harness = createHarness(() => reply(headers));
    await read(harness);
    harness.advance(PAUSE);
    await read(harness);
    equal(harness.originRequests.length, isReused ? 1 : 2, 'requests');
  }),
);

const STATUSES = [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 502, 503, 504, 599];
const byStatus = STATUSES.flatMap((status) => [
  check(`cache-tests (optimal): status-${status}-fresh`, async () => {
    const harness = createHarness(() => fresh({}, 'x', status));
    await read(harness);
    harness.advance(PAUSE);
    const { response } = await read(harness);
    equal([response.status, harness.originRequests.length], [status, 1]);
  }),
  check(`cache-tests (required): status-${status}-stale`, async () => {
    const expired = { expires: httpDate(-5000), 'last-modified': httpDate(-100_000), date: httpDate(0) };
    const harness = createHarness(() => reply(expired, 'x', status));
    await read(harness);
    await read(harness);
    equal(harness.originRequests.length, 2, 'requests');
  }),
]);

const HEURISTIC: readonly (readonly [status: number, isReused: boolean])[] = [
  ...[200, 203, 204, 404, 405, 410, 414, 501].map((status) => [status, true] as const),
  ...[201, 202, 403, 502, 503, 504, 599].map((status) => [status, false] as const),
];
const byHeuristics = [
  ...HEURISTIC.map(([status, isReused]) =>
    check(`cache-tests: heuristic-${status}-${isReused ? 'cached' : 'not_cached'}`, async () => {
      const harness = createHarness(() =>
        reply({ 'last-modified': httpDate(-86_400), date: httpDate(0) }, 'x', status),
      );
      await read(harness);
      await read(harness);
      equal(harness.originRequests.length, isReused ? 1 : 2, 'requests');
    }),
  ),
  check('cache-tests (optimal): heuristic-599-cached with public', async () => {
    const headers = { 'last-modified': httpDate(-86_400), date: httpDate(0), [CC]: 'public' };
    const harness = createHarness(() => reply(headers, 'x', 599));
    await read(harness);
    await read(harness);
    equal(harness.originRequests.length, 1, 'requests');
  }),
];

const understood: readonly Case[] = (
  [
    [200, 'optimal', 1],
    [599, 'required', 2],
  ] as const
).map(([status, kind, requests]) =>
  check(`cache-tests (${kind}): status-${status}-must-understand`, async () => {
    const harness = createHarness(() =>
      reply({ [CC]: 'max-age=3600, no-store, must-understand' }, 'x', status),
    );
    await read(harness);
    await read(harness);
    equal(harness.originRequests.length, requests, 'requests');
  }),
);

/** The headers of two requests, the Vary of the response, and whether the second request is a hit. */
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
  check(`cache-tests: ${id}`, async () => {
    const harness = createHarness(() => fresh({ vary }));
    await harness.get('/', first);
    await harness.get('/', second);
    equal(harness.originRequests.length, isReused ? 1 : 2, 'requests');
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
const byStoredHeader = [
  ...STORED.map((name) => [name, 'value'] as const),
  ...NOT_STORED.map((name) => [name, null] as const),
].map(([name, expected]) =>
  check(`cache-tests (required): headers-store-${name}`, async () => {
    const harness = createHarness(() => reply({ [name]: 'value', ...LONG }));
    const first = await harness.get();
    const second = await harness.get();
    equal(
      [first, second].map(({ headers }) => headers.get(name)),
      [expected, expected],
    );
    equal(harness.originRequests.length, 1, 'requests');
  }),
);

// The unknown method of the suite is M-SEARCH, but workerd rejects it. REPORT is also unknown to the cache.
const invalidating = ['POST', 'PUT', 'DELETE', 'REPORT'].flatMap((method) => [
  check(`cache-tests (required): invalidate-${method}`, async () => {
    const harness = createHarness(() => reply(LONG));
    await harness.get();
    await harness.get('/', {}, method);
    await harness.get();
    equal(
      harness.originRequests.map((request) => request.method),
      ['GET', method, 'GET'],
    );
  }),
  check(`cache-tests (optimal): invalidate-${method}-failed`, async () => {
    const harness = createHarness(({ method: requestMethod }) =>
      requestMethod === 'GET' ? reply(LONG) : reply({}, 'no', 500),
    );
    await harness.get();
    await harness.get('/', {}, method);
    await harness.get();
    equal(harness.originRequests.length, 2, 'requests');
  }),
  ...['location', 'content-location'].map((field) =>
    check(`cache-tests: invalidate-${method}-${field}`, async () => {
      const harness = createHarness(({ method: requestMethod }) =>
        requestMethod === 'GET' ? reply(LONG) : reply({ [field]: '/target' }),
      );
      await harness.get('/target');
      await harness.get('/other', {}, method);
      await harness.get('/target');
      equal(harness.originRequests.length, 3, 'requests');
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
  check(`cache-tests: ${id}`, async () => {
    const harness = createHarness(() => reply({ [CC]: cacheControl }));
    await harness.get('/', { authorization: 'FOO' });
    equal(harness.originRequests[0]?.headers.get('authorization'), 'FOO');
    await harness.get();
    equal(harness.originRequests.length, isReused ? 1 : 2, 'requests');
  }),
);

async function read(harness: Harness): Promise<{ readonly response: Response; readonly text: string }> {
  const response = await harness.get();
  return { response, text: await response.text() };
}

export const cacheTests: readonly Case[] = [
  ...byHeaders,
  ...byStatus,
  ...byHeuristics,
  ...understood,
  ...byVary,
  ...byStoredHeader,
  ...invalidating,
  ...byAuthorization,
];
