import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { httpDate, fresh, createHarness, reply, cacheStatus, type Harness } from '../harness/harness.ts';

const ETAG = '"abc"';

/** Creates a harness with one fresh response. */
async function createFilled(headers: Record<string, string> = { etag: ETAG }): Promise<Harness> {
  const harness = createHarness(() => fresh(headers));
  await harness.get();
  return harness;
}

async function statusFor(harness: Harness, headers: Record<string, string>): Promise<number> {
  const response = await harness.get('/', headers);
  equal(harness.originRequests.length, 1, 'requests');
  return response.status;
}

const matching = checkEach(
  'If-None-Match matches $name',
  [
    { name: 'the same strong tag', ifNoneMatch: '"abc"', etag: '"abc"' },
    { name: 'a weak tag of a response with a strong one', ifNoneMatch: 'W/"abc"', etag: '"abc"' },
    { name: 'a strong tag of a response with a weak one', ifNoneMatch: '"abc"', etag: 'W/"abc"' },
    { name: 'the first tag of a list', ifNoneMatch: '"abc", "d"', etag: '"abc"' },
    { name: 'the middle tag of a list', ifNoneMatch: '"d",W/"abc" , "e"', etag: '"abc"' },
    { name: 'the last tag of a list', ifNoneMatch: '"d", "abc"', etag: '"abc"' },
    { name: 'a tag after empty members and whitespace', ifNoneMatch: ' , ,  "abc" ,', etag: '"abc"' },
    { name: 'a tag that contains a comma', ifNoneMatch: '"d", "a,b"', etag: '"a,b"' },
    { name: 'an asterisk', ifNoneMatch: '*', etag: '"abc"' },
    { name: 'an asterisk, for a response without a tag', ifNoneMatch: '*', etag: '' },
  ],
  async ({ ifNoneMatch, etag }) => {
    const harness = await createFilled(etag === '' ? {} : { etag });
    equal(await statusFor(harness, { 'if-none-match': ifNoneMatch }), 304);
  },
);

const different = checkEach(
  'If-None-Match does not match $name',
  [
    { name: 'another tag', ifNoneMatch: '"abd"', etag: '"abc"' },
    { name: 'an unquoted tag', ifNoneMatch: 'abc', etag: '"abc"' },
    { name: 'a tag with a lower-case w/', ifNoneMatch: 'w/"abc"', etag: '"abc"' },
    { name: 'an unquoted tag of a response with an unquoted one', ifNoneMatch: 'abc', etag: 'abc' },
    { name: 'a tag of a response without one', ifNoneMatch: '"abc"', etag: '' },
    { name: 'a tag that is part of a longer one', ifNoneMatch: '"abcd", "xabc"', etag: '"abc"' },
    { name: 'an empty list', ifNoneMatch: '', etag: '"abc"' },
  ],
  async ({ ifNoneMatch, etag }) => {
    const harness = await createFilled(etag === '' ? {} : { etag });
    equal(await statusFor(harness, { 'if-none-match': ifNoneMatch }), 200);
  },
);

const dated = checkEach(
  'If-Modified-Since with $name',
  [
    {
      name: 'the date of Last-Modified gets a 304',
      stored: { 'last-modified': httpDate(-50) },
      headers: { 'if-modified-since': httpDate(-50) },
      status: 304,
    },
    {
      name: 'a later date gets a 304',
      stored: { 'last-modified': httpDate(-50) },
      headers: { 'if-modified-since': httpDate(-40) },
      status: 304,
    },
    {
      name: 'an earlier date gets a 200',
      stored: { 'last-modified': httpDate(-50) },
      headers: { 'if-modified-since': httpDate(-60) },
      status: 200,
    },
    {
      name: 'an invalid date gets a 200',
      stored: { 'last-modified': httpDate(-50) },
      headers: { 'if-modified-since': 'soon' },
      status: 200,
    },
    {
      name: 'the Date of a response without Last-Modified gets a 304',
      stored: { date: httpDate(-5) },
      headers: { 'if-modified-since': httpDate(-5) },
      status: 304,
    },
    {
      name: 'a response without a valid date gets a 200',
      stored: { date: 'now' },
      headers: { 'if-modified-since': httpDate(9) },
      status: 200,
    },
    {
      name: 'another If-None-Match gets a 200',
      stored: { etag: ETAG, 'last-modified': httpDate(-50) },
      headers: { 'if-none-match': '"x"', 'if-modified-since': httpDate(0) },
      status: 200,
    },
    {
      name: 'a matching If-None-Match gets a 304',
      stored: { etag: ETAG, 'last-modified': httpDate(-50) },
      headers: { 'if-none-match': ETAG, 'if-modified-since': httpDate(-60) },
      status: 304,
    },
  ],
  async ({ stored, headers, status }) => {
    equal(await statusFor(await createFilled(stored), headers), status);
  },
);

export const conditionalRequests: readonly Case[] = [
  ...matching,
  ...different,
  ...dated,
  check(
    'a fresh response that the client has is a 304 without a body, without a request to the origin',
    async () => {
      const harness = await createFilled();
      const response = await harness.get('/', { 'if-none-match': ETAG });
      equal([response.status, await response.text(), harness.originRequests.length], [304, '', 1]);
    },
  ),
  check('a stale response that the client has is a 304 while it is revalidated', async () => {
    const harness = createHarness(() =>
      reply({ 'cache-control': 'max-age=1, stale-while-revalidate=9', etag: ETAG }),
    );
    await harness.get();
    harness.advance(2);
    equal((await harness.get('/', { 'if-none-match': ETAG })).status, 304);
  }),
  check('If-None-Match: * gets a 404 if the stored response is a 404', async () => {
    const harness = createHarness(() => fresh({ etag: ETAG }, 'gone', 404));
    await harness.get();
    equal(await statusFor(harness, { 'if-none-match': '*' }), 404);
  }),
  check('a 304 has the headers of the 200 except those of the body, and Age and Cache-Status', async () => {
    const keptHeaders = {
      'access-control-allow-origin': '*',
      'cache-control': 'max-age=60',
      'content-location': '/a',
      date: httpDate(0),
      etag: ETAG,
      expires: httpDate(60),
      vary: 'accept',
    };
    const omittedHeaders = {
      'content-language': 'en',
      'content-length': '5',
      'content-type': 'text/plain',
      'last-modified': httpDate(-9),
    };
    const harness = await createFilled({ ...keptHeaders, ...omittedHeaders });
    harness.advance(7);
    const { headers } = await harness.get('/', { 'if-none-match': ETAG });
    const sorted = [...headers].toSorted(([one], [other]) => (one < other ? -1 : 1));
    const expected = { ...keptHeaders, age: '7', 'cache-status': 'http-cache; hit; ttl=53' };
    equal(
      sorted,
      Object.entries(expected).toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }),
  check('a 304 has Last-Modified if the response has no ETag', async () => {
    const harness = await createFilled({ 'last-modified': httpDate(-9) });
    const { headers } = await harness.get('/', { 'if-modified-since': httpDate(0) });
    equal(headers.get('last-modified'), httpDate(-9));
  }),
  check('an unconditional request gets the complete response after a validation by a 304', async () => {
    const harness = createHarness((request) =>
      request.headers.has('if-none-match')
        ? reply({ 'cache-control': 'max-age=1' }, null, 304)
        : fresh({ etag: ETAG }),
    );
    await harness.get();
    harness.advance(61);
    const response = await harness.get();
    equal([response.status, await response.text()], [200, 'hello']);
  }),
  check('a stored response without any date counts as modified', async () => {
    const harness = await createFilled({});
    const entry = await harness.store.get('https://origin.test/');
    const variants = entry?.variants.map((variant) => ({ ...variant, headers: [] })) ?? [];
    await harness.store.set('https://origin.test/', { variants });
    equal(await statusFor(harness, { 'if-modified-since': httpDate(9) }), 200);
  }),
  check(
    'a condition of the client is not sent to the origin, and is evaluated against its response',
    async () => {
      const harness = createHarness(() => fresh({ etag: ETAG }));
      const response = await harness.get('/', { 'if-none-match': ETAG, 'if-modified-since': httpDate(0) });
      equal(response.status, 304);
      equal(cacheStatus(response), 'http-cache; fwd=uri-miss; fwd-status=200; stored');
      const headers = harness.originRequests[0]?.headers;
      equal([headers?.has('if-none-match'), headers?.has('if-modified-since')], [false, false]);
    },
  ),
  check('a condition of the client is evaluated against an uncacheable response', async () => {
    const uncacheable = { 'cache-control': 'no-store', etag: ETAG, 'last-modified': httpDate(-100) };
    for (const [status, headers] of [
      [304, { 'if-none-match': ETAG }],
      [200, { 'if-none-match': '"x"' }],
      [304, { 'if-modified-since': httpDate(-100) }],
      [200, { 'if-modified-since': httpDate(-101) }],
    ] as const) {
      const response = await createHarness(() => reply(uncacheable, 'whole')).get('/', headers);
      equal([response.status, await response.text()], [status, status === 304 ? '' : 'whole']);
      equal(response.headers.get('etag'), ETAG);
    }
  }),
  check('a condition of the client is not evaluated against an uncacheable error', async () => {
    const harness = createHarness(() => reply({ 'cache-control': 'no-store', etag: ETAG }, 'no', 502));
    equal((await harness.get('/', { 'if-none-match': ETAG })).status, 502);
  }),
  check(
    'If-Modified-Since is not evaluated against an uncacheable response without Last-Modified',
    async () => {
      const harness = createHarness(() => reply({ 'cache-control': 'no-store', date: httpDate(0) }, 'whole'));
      const response = await harness.get('/', { 'if-modified-since': httpDate(100) });
      equal([response.status, await response.text()], [200, 'whole']);
    },
  ),
];
