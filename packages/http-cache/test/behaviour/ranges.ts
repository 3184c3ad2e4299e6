import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { dateAt, fresh, makeWorld, reply, statusOf } from '../harness/world.ts';

const BODY = '0123456789';

const served = checkEach(
  'RFC 9110 §14.2 of a whole stored answer, %s',
  [
    ['the first bytes', 'bytes=0-1', 206, '01', 'bytes 0-1/10'],
    ['all from one on', 'bytes=1-', 206, '123456789', 'bytes 1-9/10'],
    ['the last bytes', 'bytes=-1', 206, '9', 'bytes 9-9/10'],
    ['more than there is', 'bytes=8-99', 206, '89', 'bytes 8-9/10'],
    ['a longer end than there is', 'bytes=-99', 206, BODY, 'bytes 0-9/10'],
    ['in other letters', 'Bytes= 0-1 ', 206, '01', 'bytes 0-1/10'],
    ['none past the end', 'bytes=10-', 416, '', 'bytes */10'],
    ['none of the last 0', 'bytes=-0', 416, '', 'bytes */10'],
    ['all where the ends are swapped', 'bytes=5-2', 200, BODY, null],
    ['all where there are no ends', 'bytes=-', 200, BODY, null],
    ['all for another unit', 'lines=0-1', 200, BODY, null],
    ['all for several ranges', 'bytes=0-1,3-4', 200, BODY, null],
  ],
  async (_, range, status, text, contentRange) => {
    const world = makeWorld(() => fresh({ 'content-length': '10', a: '1' }, BODY));
    await world.get();
    const response = await world.get('/', { range });
    equal([response.status, await response.text()], [status, text]);
    equal([response.headers.get('content-range'), response.headers.get('a')], [contentRange, '1']);
    equal(world.sent.length, 1, 'requests');
  },
);

const conditional = checkEach(
  'RFC 9110 §13.1.5 If-Range: %s',
  [
    ['the strong tag holds', '"a"', '"a"', 206],
    ['another tag does not', '"b"', '"a"', 200],
    ['a weak tag does not', 'W/"a"', 'W/"a"', 200],
    ['the date to the letter holds', dateAt(-50), '', 206],
    ['another date does not', dateAt(-40), '', 200],
  ],
  async (_, ifRange, etag, status) => {
    const fields: Record<string, string> = { 'last-modified': dateAt(-50) };
    const world = makeWorld(() => fresh(etag === '' ? fields : { ...fields, etag }, BODY));
    await world.get();
    equal((await world.get('/', { range: 'bytes=0-1', 'if-range': ifRange })).status, status);
  },
);

export const ranges: readonly Case[] = [
  ...served,
  ...conditional,
  check('a Range on HEAD, of an error and of an empty answer means nothing', async () => {
    const world = makeWorld(({ url }) =>
      url.endsWith('/404') ? fresh({}, BODY, 404) : fresh({}, null, 204),
    );
    for (const [path, method, status] of [
      ['/404', 'GET', 404],
      ['/404', 'HEAD', 404],
      ['/204', 'GET', 204],
    ] as const) {
      await world.get(path);
      equal((await world.get(path, { range: 'bytes=0-1' }, method)).status, status);
    }
    const whole = makeWorld(() => fresh({}, BODY));
    await whole.get();
    equal((await whole.get('/', { range: 'bytes=0-1' }, 'HEAD')).status, 200);
  }),
  check('where nothing is stored a Range goes on as it came, and its 206 is not stored', async () => {
    const part = { 'cache-control': 'max-age=60', 'content-range': 'bytes 0-1/10' };
    const world = makeWorld((request) =>
      request.headers.has('range') ? reply(part, '01', 206) : fresh({}, BODY),
    );
    const asked = { range: 'bytes=0-1', 'if-range': '"a"', 'if-none-match': '"b"' };
    const response = await world.get('/', { ...asked, 'accept-encoding': 'br' });
    equal(world.sent[0]?.headers.has('accept-encoding'), false);
    equal([response.status, await response.text()], [206, '01']);
    equal(statusOf(response), 'http-cache; fwd=uri-miss; fwd-status=206');
    const sent = world.sent[0]?.headers;
    equal(
      Object.keys(asked).map((name) => sent?.get(name)),
      Object.values(asked),
    );
    equal(await (await world.get()).text(), BODY);
  }),
  check('a 304 or 412 to a request that went on as it came is passed on', async () => {
    for (const status of [304, 412]) {
      const world = makeWorld(() => reply({}, '', status));
      equal((await world.get('/', { 'if-match': '"a"' })).status, status);
    }
  }),
  check('a whole answer to a Range is stored, and the part is served', async () => {
    const world = makeWorld(() => fresh({}, BODY));
    const first = await world.get('/', { range: 'bytes=0-1' });
    equal([first.status, await first.text()], [206, '01']);
    equal([await (await world.get()).text(), world.sent.length], [BODY, 1]);
  }),
  check('of a stale answer the whole is validated, and the part served', async () => {
    const fields = { 'cache-control': 'max-age=10', etag: '"a"' };
    const world = makeWorld((request) =>
      reply(fields, BODY, request.headers.has('if-none-match') ? 304 : 200),
    );
    await world.get();
    world.pass(11);
    const response = await world.get('/', { range: 'bytes=0-1' });
    equal([response.status, await response.text(), world.sent[1]?.headers.has('range')], [206, '01', false]);
  }),
];
