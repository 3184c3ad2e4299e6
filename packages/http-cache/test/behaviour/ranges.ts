import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { httpDate, fresh, createHarness, reply, cacheStatus } from '../harness/harness.ts';

const BODY = '0123456789';

const served = checkEach(
  'a Range of a stored response gets $name (RFC 9110 §14.2)',
  [
    { name: 'the first bytes', range: 'bytes=0-1', status: 206, text: '01', contentRange: 'bytes 0-1/10' },
    {
      name: 'the bytes after the first one',
      range: 'bytes=1-',
      status: 206,
      text: '123456789',
      contentRange: 'bytes 1-9/10',
    },
    { name: 'the last bytes', range: 'bytes=-1', status: 206, text: '9', contentRange: 'bytes 9-9/10' },
    {
      name: 'the remaining bytes if its end is past the end',
      range: 'bytes=8-99',
      status: 206,
      text: '89',
      contentRange: 'bytes 8-9/10',
    },
    {
      name: 'the whole body for a suffix that is too long',
      range: 'bytes=-99',
      status: 206,
      text: BODY,
      contentRange: 'bytes 0-9/10',
    },
    {
      name: 'bytes if its unit is capitalized',
      range: 'Bytes= 0-1 ',
      status: 206,
      text: '01',
      contentRange: 'bytes 0-1/10',
    },
    { name: 'a 416 past the end', range: 'bytes=10-', status: 416, text: '', contentRange: 'bytes */10' },
    {
      name: 'a 416 for a suffix of 0 bytes',
      range: 'bytes=-0',
      status: 416,
      text: '',
      contentRange: 'bytes */10',
    },
    {
      name: 'a 200 if its ends are swapped',
      range: 'bytes=5-2',
      status: 200,
      text: BODY,
      contentRange: null,
    },
    { name: 'a 200 if its ends are missing', range: 'bytes=-', status: 200, text: BODY, contentRange: null },
    { name: 'a 200 for another unit', range: 'lines=0-1', status: 200, text: BODY, contentRange: null },
    { name: 'a 200 for several ranges', range: 'bytes=0-1,3-4', status: 200, text: BODY, contentRange: null },
  ],
  async ({ range, status, text, contentRange }) => {
    const harness = createHarness(() => fresh({ 'content-length': '10', a: '1' }, BODY));
    await harness.get();
    const response = await harness.get('/', { range });
    equal([response.status, await response.text()], [status, text]);
    equal([response.headers.get('content-range'), response.headers.get('a')], [contentRange, '1']);
    equal(harness.originRequests.length, 1, 'requests');
  },
);

const conditional = checkEach(
  'If-Range $name (RFC 9110 §13.1.5)',
  [
    { name: 'matches the same strong tag', ifRange: '"a"', etag: '"a"', status: 206 },
    { name: 'does not match another tag', ifRange: '"b"', etag: '"a"', status: 200 },
    { name: 'does not match a weak tag', ifRange: 'W/"a"', etag: 'W/"a"', status: 200 },
    { name: 'matches the identical date', ifRange: httpDate(-50), etag: '', status: 206 },
    { name: 'does not match another date', ifRange: httpDate(-40), etag: '', status: 200 },
  ],
  async ({ ifRange, etag, status }) => {
    const headers: Record<string, string> = { 'last-modified': httpDate(-50) };
    const harness = createHarness(() => fresh(etag === '' ? headers : { ...headers, etag }, BODY));
    await harness.get();
    equal((await harness.get('/', { range: 'bytes=0-1', 'if-range': ifRange })).status, status);
  },
);

export const ranges: readonly Case[] = [
  ...served,
  ...conditional,
  check('a Range is ignored for HEAD, for an error and for a response without a body', async () => {
    const harness = createHarness(({ url }) =>
      url.endsWith('/404') ? fresh({}, BODY, 404) : fresh({}, null, 204),
    );
    for (const [path, method, status] of [
      ['/404', 'GET', 404],
      ['/404', 'HEAD', 404],
      ['/204', 'GET', 204],
    ] as const) {
      await harness.get(path);
      equal((await harness.get(path, { range: 'bytes=0-1' }, method)).status, status);
    }
    const whole = createHarness(() => fresh({}, BODY));
    await whole.get();
    equal((await whole.get('/', { range: 'bytes=0-1' }, 'HEAD')).status, 200);
  }),
  check('on a miss a Range is forwarded unchanged, and its 206 is not stored', async () => {
    const part = { 'cache-control': 'max-age=60', 'content-range': 'bytes 0-1/10' };
    const harness = createHarness((request) =>
      request.headers.has('range') ? reply(part, '01', 206) : fresh({}, BODY),
    );
    const requestHeaders = { range: 'bytes=0-1', 'if-range': '"a"', 'if-none-match': '"b"' };
    const response = await harness.get('/', { ...requestHeaders, 'accept-encoding': 'br' });
    equal(harness.originRequests[0]?.headers.has('accept-encoding'), false);
    equal([response.status, await response.text()], [206, '01']);
    equal(cacheStatus(response), 'http-cache; fwd=uri-miss; fwd-status=206');
    const sent = harness.originRequests[0]?.headers;
    equal(
      Object.keys(requestHeaders).map((name) => sent?.get(name)),
      Object.values(requestHeaders),
    );
    equal(await (await harness.get()).text(), BODY);
  }),
  check('a 304 or 412 to a request that was forwarded unchanged is returned', async () => {
    for (const status of [304, 412]) {
      const harness = createHarness(() => reply({}, '', status));
      equal((await harness.get('/', { 'if-match': '"a"' })).status, status);
    }
  }),
  check('a 200 to a Range is stored, and the client gets the part', async () => {
    const harness = createHarness(() => fresh({}, BODY));
    const first = await harness.get('/', { range: 'bytes=0-1' });
    equal([first.status, await first.text()], [206, '01']);
    equal([await (await harness.get()).text(), harness.originRequests.length], [BODY, 1]);
  }),
  check('a Range of a stale response validates the whole response and returns the part', async () => {
    const headers = { 'cache-control': 'max-age=10', etag: '"a"' };
    const harness = createHarness((request) =>
      reply(headers, BODY, request.headers.has('if-none-match') ? 304 : 200),
    );
    await harness.get();
    harness.advance(11);
    const response = await harness.get('/', { range: 'bytes=0-1' });
    equal(
      [response.status, await response.text(), harness.originRequests[1]?.headers.has('range')],
      [206, '01', false],
    );
  }),
];
