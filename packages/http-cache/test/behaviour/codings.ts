import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { BINARY, CODED, fetched, getTwice, PLAIN } from '../harness/coded.ts';
import { fresh, makeWorld, reply } from '../harness/world.ts';

type Lines = Readonly<Record<string, string>>;

const TEXT = new TextEncoder().encode(PLAIN);
const LONG_TEXT = new TextEncoder().encode('é'.repeat(200));
const SPLIT_TEXT = new TextEncoder().encode(`${'a'.repeat(63)}é${'b'.repeat(99)}`);

const stillCoded: readonly (readonly [string, Lines, Uint8Array<ArrayBuffer>])[] = [
  ['gzip', { 'content-encoding': 'gzip' }, CODED.gzip],
  ['GZIP', { 'content-encoding': 'GZIP' }, CODED.gzip],
  ['x-gzip', { 'content-encoding': 'x-gzip' }, CODED.gzip],
  ['deflate', { 'content-encoding': 'deflate' }, CODED.deflate],
  ['deflate without a zlib header', { 'content-encoding': 'deflate' }, CODED.raw],
  ['br', { 'content-encoding': 'br' }, CODED.br],
  ['br of nothing, which is one byte', { 'content-encoding': 'br' }, new TextEncoder().encode(';')],
  ['zstd', { 'content-encoding': 'zstd' }, CODED.zstd],
  ['zstd after a skippable frame', { 'content-encoding': 'zstd' }, CODED.skippable],
  ['gzip beside identity', { 'content-encoding': 'identity, gzip' }, CODED.gzip],
  ['gzip in two layers', { 'content-encoding': 'gzip, gzip' }, CODED.gzip],
  ['br in two layers', { 'content-encoding': 'br, br' }, BINARY],
  ['gzip above an unknown coding', { 'content-encoding': 'foo, gzip' }, TEXT],
];

const decoded: readonly (readonly [string, Lines, Uint8Array<ArrayBuffer>])[] = [
  ['text that says gzip', { 'content-encoding': 'gzip' }, TEXT],
  ['text that says gzip in two layers', { 'content-encoding': 'gzip, gzip' }, TEXT],
  ['text that says BR', { 'content-encoding': 'BR' }, LONG_TEXT],
  [
    'text whose 64th byte is within a character, that says deflate',
    { 'content-encoding': 'deflate' },
    SPLIT_TEXT,
  ],
  ['binary data that says gzip', { 'content-encoding': 'gzip' }, BINARY],
  ['binary data that says x-gzip', { 'content-encoding': 'x-gzip' }, BINARY],
  ['binary data that says zstd', { 'content-encoding': 'zstd' }, BINARY],
  ['an empty body that says br', { 'content-encoding': 'br' }, new Uint8Array()],
  [
    'text whose length is by chance that of Content-Length',
    { 'content-encoding': 'gzip', 'content-length': String(TEXT.byteLength) },
    TEXT,
  ],
];

export const codings: readonly Case[] = [
  ...checkEach(
    'a body still in %s keeps Content-Encoding and is not stored',
    stillCoded,
    async (_, fields, bytes) => {
      equal(await getTwice(() => fresh(fields, bytes)), [fields['content-encoding'], null, bytes, 2]);
    },
  ),
  ...checkEach(
    'a body still in %s, which the cache may not store, keeps Content-Encoding',
    stillCoded,
    async (_, fields, bytes) => {
      equal(await getTwice(() => reply(fields, bytes)), [fields['content-encoding'], null, bytes, 2]);
    },
  ),
  ...checkEach(
    'a response to POST still in %s keeps Content-Encoding',
    stillCoded,
    async (_, fields, bytes) => {
      equal(await getTwice(() => reply(fields, bytes), 'POST'), [fields['content-encoding'], null, bytes, 2]);
    },
  ),
  ...checkEach('%s loses Content-Encoding and is stored', decoded, async (_, fields, bytes) => {
    equal(await getTwice(() => fresh(fields, bytes)), [null, null, bytes, 1]);
  }),
  ...checkEach('%s loses Content-Encoding in a response to POST', decoded, async (_, fields, bytes) => {
    equal(await getTwice(() => reply(fields, bytes), 'POST'), [null, null, bytes, 2]);
  }),
  ...checkEach(
    'binary data from fetch that says %s is decoded if Content-Length differs',
    [['br'], ['deflate'], ['BR']],
    async (coding) => {
      const fields = { 'content-encoding': coding, 'content-length': '9' };
      equal(await getTwice(() => fetched(fresh(fields, BINARY))), [null, null, BINARY, 1]);
      const same = { ...fields, 'content-length': String(BINARY.byteLength) };
      equal(await getTwice(() => fetched(fresh(same, BINARY))), [coding, '200', BINARY, 2]);
    },
  ),
  ...checkEach(
    'binary data that other code than fetch has made keeps %s',
    [['br'], ['deflate']],
    async (coding) => {
      const fields = { 'content-encoding': coding, 'content-length': '9' };
      equal(await getTwice(() => fresh(fields, BINARY)), [coding, null, BINARY, 2]);
    },
  ),
  check('a gzip file that fetch has taken out of gzip is stored without Content-Encoding', async () => {
    for (const length of [{}, { 'content-length': '9' }]) {
      const fields = { 'content-encoding': 'gzip', ...length };
      equal(await getTwice(() => fetched(fresh(fields, CODED.gzip))), [null, null, CODED.gzip, 1]);
      equal(await getTwice(() => fetched(reply(fields, CODED.gzip)), 'POST'), [null, null, CODED.gzip, 2]);
    }
  }),
  check('a body in gzip that is as long as Content-Length keeps Content-Encoding', async () => {
    const length = String(CODED.gzip.byteLength);
    const fields = { 'content-encoding': 'gzip', 'content-length': length };
    equal(await getTwice(() => fetched(fresh(fields, CODED.gzip))), ['gzip', length, CODED.gzip, 2]);
  }),
  check('a gzip file in a Response of other code keeps Content-Encoding, whatever its length', async () => {
    const fields = { 'content-encoding': 'gzip', 'content-length': '9' };
    equal(await getTwice(() => fresh(fields, CODED.gzip)), ['gzip', null, CODED.gzip, 2]);
  }),
  check('a part of a coded body keeps Content-Encoding', async () => {
    const fields = { 'content-encoding': 'gzip', 'content-range': 'bytes 9-39/99' };
    const world = makeWorld(() => reply(fields, CODED.gzip.slice(9), 206));
    const response = await world.get('/', { range: 'bytes=9-39' });
    equal([response.status, response.headers.get('content-encoding')], [206, 'gzip']);
  }),
  check(
    'a body in an unknown coding is stored with its Content-Encoding, because no fetch decodes it',
    async () => {
      const fields = { 'content-encoding': 'aws-chunked', 'content-length': String(TEXT.byteLength) };
      equal(await getTwice(() => fresh(fields, TEXT)), ['aws-chunked', String(TEXT.byteLength), TEXT, 1]);
    },
  ),
  check('a coded response that replaces a stored one drops it', async () => {
    const world = makeWorld(() => fresh({ 'cache-control': 'max-age=1, stale-if-error=99' }));
    await world.get();
    world.pass(2);
    world.answer(() => fresh({ 'content-encoding': 'gzip' }, CODED.gzip));
    await world.get();
    world.answer(() => reply({}, 'down', 503));
    equal(await (await world.get()).text(), 'down');
  }),
  check('the first bytes of a coded stream reach the client before the rest has come', async () => {
    for (const [coding, length] of [
      ['gzip', 5],
      ['br', 65],
    ] as const) {
      const first = CODED.gzip.slice(0, 5);
      const chunks = Array.from({ length: length / 5 }, () => first);
      let asked = 0;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) => {
          asked += 1;
          const chunk = chunks.shift();
          if (chunk !== undefined) controller.enqueue(chunk);
        },
      });
      const world = makeWorld(() => reply({ 'content-encoding': coding }, body));
      const response = await world.get();
      equal(response.headers.get('content-encoding'), coding);
      const reader = response.body?.getReader();
      equal((await reader?.read())?.value?.byteLength, length);
      equal(asked > 0, true);
      await reader?.cancel();
    }
  }),
  check('a response to OPTIONS without a body loses a Content-Encoding that describes nothing', async () => {
    const world = makeWorld(() => reply({ 'content-encoding': 'gzip' }, null, 204));
    const response = await world.get('/', {}, 'OPTIONS');
    equal([response.status, response.headers.get('content-encoding')], [204, null]);
  }),
];
