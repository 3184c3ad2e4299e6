import { BINARY, ENCODED, PLAIN } from '../harness/encoded-bodies.ts';

/** A body of the origin, encoded and plain. */
export interface WireBody {
  readonly lines: readonly string[];
  readonly bytes: Uint8Array;
  readonly plain: Uint8Array;
}

const TEXT = new TextEncoder().encode(PLAIN);

/** `BINARY` in each coding, made by zlib. */
const ENCODED_BINARY = {
  gzip: decode(
    'H4sIAAAAAAAAAwHIADf/ACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsOxcm2wyAAAAA==',
  ),
  deflate: decode(
    'eJwByAA3/wAlSm+Uud4DKE1yl7zhBitQdZq/5AkuU3idwucMMVZ7oMXqDzRZfqPI7RI3XIGmy/AVOl+Eqc7zGD1ih6zR9htAZYqv1PkeQ2iNstf8IUZrkLXa/yRJbpO43QInTHGWu+AFKk90mb7jCC1Sd5zB5gswVXqfxOkOM1h9osfsETZbgKXK7xQ5XoOozfIXPGGGq9D1Gj9kia7T+B1CZ4yx1vsgRWqPtNn+I0htkrfcASZLcJW63wQpTnOYveIHLFF2m8DlCi9UeZ7DFIZiLQ==',
  ),
  /** In br and then in gzip. */
  brInGzip: decode(
    'H4sIAAAAAAACAwHMADP/i2OAACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsMD0JahRMwAAAA=',
  ),
  /** In gzip twice. */
  gzipInGzip: decode(
    'H4sIAAAAAAACAwHfACD/H4sIAAAAAAAAAwHIADf/ACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsOxcm2wyAAAACnqTWTfAAAA',
  ),
  br: decode(
    'i2OAACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsMD',
  ),
} as const;

/** The bodies by name. */
export const BODIES: ReadonlyMap<string, WireBody> = new Map<string, WireBody>([
  ['text in gzip', encode('gzip', ENCODED.gzip, TEXT)],
  ['text in x-gzip', encode('x-gzip', ENCODED.gzip, TEXT)],
  ['text in GZIP', encode('GZIP', ENCODED.gzip, TEXT)],
  ['text in deflate', encode('deflate', ENCODED.deflate, TEXT)],
  ['text in deflate without a zlib header', encode('deflate', ENCODED.raw, TEXT)],
  ['text in DEFLATE', encode('DEFLATE', ENCODED.deflate, TEXT)],
  ['text in br', encode('br', ENCODED.br, TEXT)],
  ['text in BR', encode('BR', ENCODED.br, TEXT)],
  ['text in zstd', encode('zstd', ENCODED.zstd, TEXT)],
  ['text in gzip beside identity', encode('gzip, identity', ENCODED.gzip, TEXT)],
  ['binary data in gzip', encode('gzip', ENCODED_BINARY.gzip, BINARY)],
  ['binary data in deflate', encode('deflate', ENCODED_BINARY.deflate, BINARY)],
  ['binary data in DEFLATE', encode('DEFLATE', ENCODED_BINARY.deflate, BINARY)],
  ['binary data in br', encode('br', ENCODED_BINARY.br, BINARY)],
  ['binary data in BR', encode('BR', ENCODED_BINARY.br, BINARY)],
  ['binary data in br beside identity', encode('identity, br', ENCODED_BINARY.br, BINARY)],
  ['binary data in br before identity', encode('br, identity', ENCODED_BINARY.br, BINARY)],
  ['binary data in br before an empty member', encode('br,', ENCODED_BINARY.br, BINARY)],
  ['binary data in deflate beside identity', encode('identity, deflate', ENCODED_BINARY.deflate, BINARY)],
  ['binary data in gzip beside identity', encode('identity, gzip', ENCODED_BINARY.gzip, BINARY)],
  ['binary data in x-gzip', encode('x-gzip', ENCODED_BINARY.gzip, BINARY)],
  ['binary data in br and gzip', encode('br, gzip', ENCODED_BINARY.brInGzip, BINARY)],
  ['a gzip file in gzip', encode('gzip', ENCODED_BINARY.gzipInGzip, ENCODED_BINARY.gzip)],
  ['a gzip file in GZIP', encode('GZIP', ENCODED_BINARY.gzipInGzip, ENCODED_BINARY.gzip)],
  ['a gzip file in x-gzip', encode('x-gzip', ENCODED_BINARY.gzipInGzip, ENCODED_BINARY.gzip)],
  ['text without a coding', { lines: [], bytes: TEXT, plain: TEXT }],
  ['text in identity', encode('identity', TEXT, TEXT)],
]);

/** Returns a body by its name. */
export function getBody(name: string): WireBody {
  const body = BODIES.get(name);
  if (body === undefined) throw new Error(`The body "${name}" does not exist.`);
  return body;
}

/** How a body is framed (RFC 9112 §6). */
export type Framing = 'sized' | 'chunked' | 'closed' | 'short' | 'unfinished';

/** The framing of a body: header lines, and the writes after them. */
interface Frame {
  lines(length: number): readonly string[];
  write(bytes: Uint8Array, send: (part: Uint8Array | string) => void, end: () => void): void;
}

const chunk = (bytes: Uint8Array, send: (part: Uint8Array | string) => void): void => {
  send(`${bytes.byteLength.toString(16)}\r\n`);
  send(bytes);
  send('\r\n');
};

/** The framings. The last two end the connection too early. */
export const FRAMINGS: Readonly<Record<Framing, Frame>> = {
  sized: { lines: (length) => [`Content-Length: ${length}`], write: (bytes, send) => send(bytes) },
  chunked: {
    lines: () => ['Transfer-Encoding: chunked'],
    write: (bytes, send) => {
      chunk(bytes, send);
      send('0\r\n\r\n');
    },
  },
  closed: {
    lines: () => ['Connection: close'],
    write: (bytes, send, end) => {
      send(bytes);
      end();
    },
  },
  short: {
    lines: (length) => [`Content-Length: ${length}`],
    write: (bytes, send, end) => {
      send(half(bytes));
      end();
    },
  },
  unfinished: {
    lines: () => ['Transfer-Encoding: chunked'],
    write: (bytes, send, end) => {
      chunk(half(bytes), send);
      end();
    },
  },
};

/** Returns the first half. Deno accepts a body as complete when its encoded stream ends, so the stream itself is truncated. */
function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.byteLength / 2);
}

function encode(coding: string, bytes: Uint8Array, plain: Uint8Array): WireBody {
  return { lines: [`Content-Encoding: ${coding}`], bytes, plain };
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
