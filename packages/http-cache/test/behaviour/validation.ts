import { check, checkEach, equal, rejection, type Case } from '@room-recordings/testing/cases';
import {
  httpDate,
  createHarness,
  reply,
  cacheStatus,
  type Origin,
  type Harness,
} from '../harness/harness.ts';

const CC = 'cache-control';
const SHORT = { [CC]: 'max-age=10', etag: '"a"' };

/** Creates a harness with one stale response that can be validated. */
async function createExpired(headers: Record<string, string>, origin: Origin): Promise<Harness> {
  const harness = createHarness(() => reply(headers, 'old'));
  await harness.get();
  harness.advance(11);
  harness.setOrigin(origin);
  return harness;
}

const updated = checkEach(
  'cache-tests: a 304 updates $name',
  [
    { name: 'test-header', before: 'A', after: 'B' },
    { name: 'x-test-header', before: 'A', after: 'B' },
    { name: 'content-foo', before: 'A', after: 'B' },
    { name: 'cache-control', before: 'max-age=10', after: 'max-age=3600' },
    { name: 'content-location', before: '/foo', after: '/bar' },
    { name: 'content-security-policy', before: "default-src 'self'", after: "default-src 'none'" },
    { name: 'content-type', before: 'text/plain', after: 'text/plain;charset=utf-8' },
    { name: 'expires', before: httpDate(9), after: httpDate(900) },
    { name: 'set-cookie', before: 'a=b', after: 'a=c' },
    { name: 'x-frame-options', before: 'deny', after: 'sameorigin' },
    { name: 'last-modified', before: httpDate(-99), after: httpDate(-9) },
  ],
  async ({ name, before, after }) => {
    const harness = await createExpired({ ...SHORT, [name]: before }, () =>
      reply({ ...SHORT, [name]: after }, null, 304),
    );
    const validated = await harness.get();
    equal([validated.status, await validated.text(), validated.headers.get(name)], [200, 'old', after]);
    const hit = await harness.get();
    equal([hit.headers.get(name), harness.originRequests.length], [after, 2]);
  },
);

const protectedHeaders = checkEach(
  'cache-tests (required): a 304 never updates $name, which describes the stored bytes',
  [
    { name: 'content-length', before: '3', after: '10' },
    { name: 'content-encoding', before: 'x-a', after: 'x-b' },
    { name: 'content-range', before: 'bytes 0-2/3', after: 'bytes 0-9/10' },
  ],
  async ({ name, before, after }) => {
    const harness = await createExpired({ ...SHORT, [name]: before }, () =>
      reply({ ...SHORT, [name]: after }, null, 304),
    );
    for (const response of [await harness.get(), await harness.get()])
      equal(response.headers.get(name), before);
    equal(harness.originRequests.length, 2, 'requests');
  },
);

export const validation: readonly Case[] = [
  ...updated,
  ...protectedHeaders,
  check('a stale response is validated by its own validators, and a 304 makes it fresh again', async () => {
    const headers = { [CC]: 'max-age=10', etag: 'W/"a"', 'last-modified': httpDate(-50), 'x-kept': '1' };
    const harness = await createExpired(headers, () =>
      reply({ etag: 'W/"a"', date: httpDate(11) }, null, 304),
    );
    const response = await harness.get('/', { 'if-none-match': '"mine"' });
    equal([response.status, await response.text()], [200, 'old']);
    equal(
      ['date', 'x-kept', 'age'].map((name) => response.headers.get(name)),
      [httpDate(11), '1', null],
    );
    equal(cacheStatus(response), 'http-cache; fwd=stale; fwd-status=304; stored');
    const sent = harness.originRequests[1]?.headers;
    equal(
      ['if-none-match', 'if-modified-since'].map((name) => sent?.get(name)),
      ['W/"a"', httpDate(-50)],
    );
    harness.advance(9);
    const hit = await harness.get();
    equal(
      [hit.headers.get('age'), hit.headers.get('date'), harness.originRequests.length],
      ['9', httpDate(11), 2],
    );
  }),
  check('cache-tests (required): 304-lm-use-stored: headers that a 304 omits are kept', async () => {
    const headers = { [CC]: 'max-age=2', 'last-modified': httpDate(-50), 'test-header': 'A' };
    const harness = await createExpired(headers, () => reply({ 'last-modified': httpDate(-50) }, null, 304));
    equal((await harness.get()).headers.get('test-header'), 'A');
  }),
  check('a 304 is sent to a client only if the condition of that client matches', async () => {
    for (const [ifNoneMatch, status] of [
      ['"a"', 304],
      ['"b"', 200],
    ] as const) {
      const harness = await createExpired(SHORT, () => reply(SHORT, null, 304));
      equal((await harness.get('/', { 'if-none-match': ifNoneMatch })).status, status);
    }
  }),
  check('a new response replaces the old one, and a client that has it gets a 304', async () => {
    const harness = await createExpired(SHORT, () => reply({ ...SHORT, etag: '"b"' }, 'new'));
    equal((await harness.get('/', { 'if-none-match': '"b"' })).status, 304);
    equal(await (await harness.get()).text(), 'new');
  }),
  check('a 304 to an unconditional request is an error', async () => {
    const harness = createHarness(() => reply({}, null, 304));
    equal(
      String(await rejection(harness.get())),
      'TypeError: The origin responded 304 to an unconditional request.',
    );
  }),
  check('a 304 is an error if the stored response has no validator or is an error', async () => {
    for (const [headers, status] of [
      [{ [CC]: 'max-age=10, stale-if-error=5' }, 200],
      [{ [CC]: 'max-age=10', etag: '"a"' }, 404],
    ] as const) {
      const harness = createHarness(() => reply(headers, 'old', status));
      await harness.get();
      harness.advance(status === 200 ? 20 : 11);
      harness.setOrigin(() => reply({}, null, 304));
      equal((await rejection(harness.get())) instanceof TypeError, true);
      equal(harness.originRequests[1]?.headers.has('if-none-match'), false);
    }
  }),
  check('a 304 with another ETag is ignored, and the request is repeated without a condition', async () => {
    const harness = await createExpired(SHORT, (request) =>
      request.headers.has('if-none-match')
        ? reply({ etag: '"b"' }, null, 304)
        : reply({ etag: '"b"' }, 'new'),
    );
    equal([await (await harness.get()).text(), harness.originRequests.length], ['new', 3]);
  }),
  check(
    'a 304 with a weak ETag validates a response with the same strong ETag (RFC 9111 §4.3.4)',
    async () => {
      const harness = await createExpired(SHORT, () => reply({ etag: 'W/"a"' }, null, 304));
      equal([await (await harness.get()).text(), harness.originRequests.length], ['old', 2]);
    },
  ),
  check('a 304 with an ETag validates a response without one', async () => {
    const headers = { [CC]: 'max-age=10', 'last-modified': httpDate(-50) };
    const harness = await createExpired(headers, () => reply({ etag: '"a"' }, null, 304));
    equal([await (await harness.get()).text(), harness.originRequests.length], ['old', 2]);
  }),
  check('a 304 with no-store deletes the stored response, which is returned once more', async () => {
    const harness = await createExpired(SHORT, ({ headers }) =>
      headers.has('if-none-match') ? reply({ [CC]: 'no-store' }, null, 304) : reply(SHORT, 'new'),
    );
    const response = await harness.get();
    equal([response.status, await response.text(), response.headers.get(CC)], [200, 'old', 'no-store']);
    await harness.get();
    equal(harness.originRequests[2]?.headers.has('if-none-match'), false);
  }),
  check('a no-cache response is stored and validated at every use', async () => {
    const headers = { [CC]: 'no-cache, max-age=999', etag: '"a"' };
    const harness = createHarness((request) =>
      reply(headers, 'old', request.headers.has('if-none-match') ? 304 : 200),
    );
    for (let use = 0; use < 3; use += 1) equal(await (await harness.get()).text(), 'old');
    equal(
      harness.originRequests.map(({ headers }) => headers.get('if-none-match')),
      [null, '"a"', '"a"'],
    );
  }),
  check(
    'cache-tests (required): conditional-etag-vary-headers: headers named by Vary are sent with the condition',
    async () => {
      const headers = { expires: httpDate(1), etag: '"a"', date: httpDate(0), vary: 'Abc' };
      const harness = createHarness(() => reply(headers));
      await harness.get('/', { abc: '123' });
      harness.advance(3);
      await harness.get('/', { abc: '123' });
      equal(
        ['abc', 'if-none-match'].map((name) => harness.originRequests[1]?.headers.get(name)),
        ['123', '"a"'],
      );
    },
  ),
  check('the Age of a 304 is the new initial age', async () => {
    const harness = await createExpired(SHORT, () => reply({ ...SHORT, age: '4' }, null, 304));
    equal((await harness.get()).headers.get('age'), '4');
  }),
];
