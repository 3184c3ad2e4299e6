import { check, checkEach, equal, type Case } from '@room-recordings/testing/cases';
import { BINARY, ENCODED, asFetched, fetchTwice, PLAIN } from '../harness/encoded-bodies.ts';
import { fresh, createHarness, reply } from '../harness/harness.ts';

interface EncodedCase {
  readonly name: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

const TEXT = new TextEncoder().encode(PLAIN);
const LONG_TEXT = new TextEncoder().encode('é'.repeat(200));
const SPLIT_TEXT = new TextEncoder().encode(`${'a'.repeat(63)}é${'b'.repeat(99)}`);

const ENCODED_CASES: readonly EncodedCase[] = [
  { name: 'gzip', headers: { 'content-encoding': 'gzip' }, bytes: ENCODED.gzip },
  { name: 'GZIP', headers: { 'content-encoding': 'GZIP' }, bytes: ENCODED.gzip },
  { name: 'x-gzip', headers: { 'content-encoding': 'x-gzip' }, bytes: ENCODED.gzip },
  { name: 'deflate', headers: { 'content-encoding': 'deflate' }, bytes: ENCODED.deflate },
  { name: 'deflate without a zlib header', headers: { 'content-encoding': 'deflate' }, bytes: ENCODED.raw },
  { name: 'br', headers: { 'content-encoding': 'br' }, bytes: ENCODED.br },
  {
    name: 'the empty brotli stream of one byte',
    headers: { 'content-encoding': 'br' },
    bytes: new TextEncoder().encode(';'),
  },
  { name: 'zstd', headers: { 'content-encoding': 'zstd' }, bytes: ENCODED.zstd },
  { name: 'zstd after a skippable frame', headers: { 'content-encoding': 'zstd' }, bytes: ENCODED.skippable },
  { name: 'gzip beside identity', headers: { 'content-encoding': 'identity, gzip' }, bytes: ENCODED.gzip },
  { name: 'gzip in two layers', headers: { 'content-encoding': 'gzip, gzip' }, bytes: ENCODED.gzip },
  { name: 'br in two layers', headers: { 'content-encoding': 'br, br' }, bytes: BINARY },
  { name: 'gzip over an unknown coding', headers: { 'content-encoding': 'foo, gzip' }, bytes: TEXT },
];

const DECODED_CASES: readonly EncodedCase[] = [
  { name: 'text with Content-Encoding: gzip', headers: { 'content-encoding': 'gzip' }, bytes: TEXT },
  {
    name: 'text with Content-Encoding: gzip, gzip',
    headers: { 'content-encoding': 'gzip, gzip' },
    bytes: TEXT,
  },
  { name: 'text with Content-Encoding: BR', headers: { 'content-encoding': 'BR' }, bytes: LONG_TEXT },
  {
    name: 'text with a character across its 64th byte',
    headers: { 'content-encoding': 'deflate' },
    bytes: SPLIT_TEXT,
  },
  { name: 'binary data with Content-Encoding: gzip', headers: { 'content-encoding': 'gzip' }, bytes: BINARY },
  {
    name: 'binary data with Content-Encoding: x-gzip',
    headers: { 'content-encoding': 'x-gzip' },
    bytes: BINARY,
  },
  { name: 'binary data with Content-Encoding: zstd', headers: { 'content-encoding': 'zstd' }, bytes: BINARY },
  {
    name: 'an empty body with Content-Encoding: br',
    headers: { 'content-encoding': 'br' },
    bytes: new Uint8Array(),
  },
  {
    name: 'text with the length in Content-Length',
    headers: { 'content-encoding': 'gzip', 'content-length': String(TEXT.byteLength) },
    bytes: TEXT,
  },
];

export const contentCodings: readonly Case[] = [
  ...checkEach(
    'a body encoded in $name keeps Content-Encoding and is not stored',
    ENCODED_CASES,
    async ({ headers, bytes }) => {
      equal(await fetchTwice(() => fresh(headers, bytes)), [headers['content-encoding'], null, bytes, 2]);
    },
  ),
  ...checkEach(
    'an uncacheable body encoded in $name keeps Content-Encoding',
    ENCODED_CASES,
    async ({ headers, bytes }) => {
      equal(await fetchTwice(() => reply(headers, bytes)), [headers['content-encoding'], null, bytes, 2]);
    },
  ),
  ...checkEach(
    'a response to a POST encoded in $name keeps Content-Encoding',
    ENCODED_CASES,
    async ({ headers, bytes }) => {
      equal(await fetchTwice(() => reply(headers, bytes), 'POST'), [
        headers['content-encoding'],
        null,
        bytes,
        2,
      ]);
    },
  ),
  ...checkEach('$name is stored without Content-Encoding', DECODED_CASES, async ({ headers, bytes }) => {
    equal(await fetchTwice(() => fresh(headers, bytes)), [null, null, bytes, 1]);
  }),
  ...checkEach(
    'in a response to a POST, $name is returned without Content-Encoding',
    DECODED_CASES,
    async ({ headers, bytes }) => {
      equal(await fetchTwice(() => reply(headers, bytes), 'POST'), [null, null, bytes, 2]);
    },
  ),
  ...checkEach(
    'binary data from `fetch` with Content-Encoding: $name counts as decoded if Content-Length differs',
    [{ name: 'br' }, { name: 'deflate' }, { name: 'BR' }],
    async ({ name: coding }) => {
      const headers = { 'content-encoding': coding, 'content-length': '9' };
      equal(await fetchTwice(() => asFetched(fresh(headers, BINARY))), [null, null, BINARY, 1]);
      const same = { ...headers, 'content-length': String(BINARY.byteLength) };
      equal(await fetchTwice(() => asFetched(fresh(same, BINARY))), [coding, '200', BINARY, 2]);
    },
  ),
  ...checkEach(
    'binary data in a response constructed by other code keeps Content-Encoding: $name',
    [{ name: 'br' }, { name: 'deflate' }],
    async ({ name: coding }) => {
      const headers = { 'content-encoding': coding, 'content-length': '9' };
      equal(await fetchTwice(() => fresh(headers, BINARY)), [coding, null, BINARY, 2]);
    },
  ),
  check(
    'a gzip file that was sent in gzip and decoded by `fetch` is stored without Content-Encoding',
    async () => {
      for (const length of [{}, { 'content-length': '9' }]) {
        const headers = { 'content-encoding': 'gzip', ...length };
        equal(await fetchTwice(() => asFetched(fresh(headers, ENCODED.gzip))), [null, null, ENCODED.gzip, 1]);
        equal(await fetchTwice(() => asFetched(reply(headers, ENCODED.gzip)), 'POST'), [
          null,
          null,
          ENCODED.gzip,
          2,
        ]);
      }
    },
  ),
  check('a body in gzip with the length in Content-Length keeps Content-Encoding', async () => {
    const length = String(ENCODED.gzip.byteLength);
    const headers = { 'content-encoding': 'gzip', 'content-length': length };
    equal(await fetchTwice(() => asFetched(fresh(headers, ENCODED.gzip))), ['gzip', length, ENCODED.gzip, 2]);
  }),
  check(
    'a gzip file in a response constructed by other code keeps Content-Encoding, even if its length differs',
    async () => {
      const headers = { 'content-encoding': 'gzip', 'content-length': '9' };
      equal(await fetchTwice(() => fresh(headers, ENCODED.gzip)), ['gzip', null, ENCODED.gzip, 2]);
    },
  ),
  check('a part of an encoded body keeps Content-Encoding', async () => {
    const headers = { 'content-encoding': 'gzip', 'content-range': 'bytes 9-39/99' };
    const harness = createHarness(() => reply(headers, ENCODED.gzip.slice(9), 206));
    const response = await harness.get('/', { range: 'bytes=9-39' });
    equal([response.status, response.headers.get('content-encoding')], [206, 'gzip']);
  }),
  check('a body in an unknown coding is stored with its Content-Encoding', async () => {
    const headers = { 'content-encoding': 'aws-chunked', 'content-length': String(TEXT.byteLength) };
    equal(await fetchTwice(() => fresh(headers, TEXT)), ['aws-chunked', String(TEXT.byteLength), TEXT, 1]);
  }),
  check('an encoded response deletes the stored one', async () => {
    const harness = createHarness(() => fresh({ 'cache-control': 'max-age=1, stale-if-error=99' }));
    await harness.get();
    harness.advance(2);
    harness.setOrigin(() => fresh({ 'content-encoding': 'gzip' }, ENCODED.gzip));
    await harness.get();
    harness.setOrigin(() => reply({}, 'down', 503));
    equal(await (await harness.get()).text(), 'down');
  }),
  check('the client gets the first bytes of an encoded stream before the stream ends', async () => {
    for (const [coding, length] of [
      ['gzip', 5],
      ['br', 65],
    ] as const) {
      const first = ENCODED.gzip.slice(0, 5);
      const chunks = Array.from({ length: length / 5 }, () => first);
      let pulls = 0;
      const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
        pull: (controller) => {
          pulls += 1;
          const chunk = chunks.shift();
          if (chunk !== undefined) controller.enqueue(chunk);
        },
      });
      const harness = createHarness(() => reply({ 'content-encoding': coding }, body));
      const response = await harness.get();
      equal(response.headers.get('content-encoding'), coding);
      const reader = response.body?.getReader();
      equal((await reader?.read())?.value?.byteLength, length);
      equal(pulls > 0, true);
      await reader?.cancel();
    }
  }),
  check('a response without a body to OPTIONS loses its Content-Encoding', async () => {
    const harness = createHarness(() => reply({ 'content-encoding': 'gzip' }, null, 204));
    const response = await harness.get('/', {}, 'OPTIONS');
    equal([response.status, response.headers.get('content-encoding')], [204, null]);
  }),
];
