import { BINARY, CODED, PLAIN } from '../harness/coded.ts';

/** A body of the origin, and what it is without its codings. */
export interface WireBody {
  readonly lines: readonly string[];
  readonly bytes: Uint8Array;
  readonly plain: Uint8Array;
}

const TEXT = new TextEncoder().encode(PLAIN);

/** `BINARY` in each coding, made by zlib. */
const CODED_BINARY = {
  gzip: decode(
    'H4sIAAAAAAAAAwHIADf/ACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsOxcm2wyAAAAA==',
  ),
  deflate: decode(
    'eJwByAA3/wAlSm+Uud4DKE1yl7zhBitQdZq/5AkuU3idwucMMVZ7oMXqDzRZfqPI7RI3XIGmy/AVOl+Eqc7zGD1ih6zR9htAZYqv1PkeQ2iNstf8IUZrkLXa/yRJbpO43QInTHGWu+AFKk90mb7jCC1Sd5zB5gswVXqfxOkOM1h9osfsETZbgKXK7xQ5XoOozfIXPGGGq9D1Gj9kia7T+B1CZ4yx1vsgRWqPtNn+I0htkrfcASZLcJW63wQpTnOYveIHLFF2m8DlCi9UeZ7DFIZiLQ==',
  ),
  /** In br, and that in gzip. */
  brInGzip: decode(
    'H4sIAAAAAAACAwHMADP/i2OAACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsMD0JahRMwAAAA=',
  ),
  /** In gzip, and that in gzip again. */
  gzipInGzip: decode(
    'H4sIAAAAAAACAwHfACD/H4sIAAAAAAAAAwHIADf/ACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsOxcm2wyAAAACnqTWTfAAAA',
  ),
  br: decode(
    'i2OAACVKb5S53gMoTXKXvOEGK1B1mr/kCS5TeJ3C5wwxVnugxeoPNFl+o8jtEjdcgabL8BU6X4SpzvMYPWKHrNH2G0Bliq/U+R5DaI2y1/whRmuQtdr/JEluk7jdAidMcZa74AUqT3SZvuMILVJ3nMHmCzBVep/E6Q4zWH2ix+wRNluApcrvFDleg6jN8hc8YYar0PUaP2SJrtP4HUJnjLHW+yBFao+02f4jSG2St9wBJktwlbrfBClOc5i94gcsUXabwOUKL1R5nsMD',
  ),
} as const;

/** The bodies by name. */
export const BODIES: ReadonlyMap<string, WireBody> = new Map<string, WireBody>([
  ['text in gzip', coded('gzip', CODED.gzip, TEXT)],
  ['text in x-gzip', coded('x-gzip', CODED.gzip, TEXT)],
  ['text in GZIP', coded('GZIP', CODED.gzip, TEXT)],
  ['text in deflate', coded('deflate', CODED.deflate, TEXT)],
  ['text in deflate without a zlib header', coded('deflate', CODED.raw, TEXT)],
  ['text in DEFLATE', coded('DEFLATE', CODED.deflate, TEXT)],
  ['text in br', coded('br', CODED.br, TEXT)],
  ['text in BR', coded('BR', CODED.br, TEXT)],
  ['text in zstd', coded('zstd', CODED.zstd, TEXT)],
  ['text in gzip beside identity', coded('gzip, identity', CODED.gzip, TEXT)],
  ['binary data in gzip', coded('gzip', CODED_BINARY.gzip, BINARY)],
  ['binary data in deflate', coded('deflate', CODED_BINARY.deflate, BINARY)],
  ['binary data in DEFLATE', coded('DEFLATE', CODED_BINARY.deflate, BINARY)],
  ['binary data in br', coded('br', CODED_BINARY.br, BINARY)],
  ['binary data in BR', coded('BR', CODED_BINARY.br, BINARY)],
  ['binary data in br beside identity', coded('identity, br', CODED_BINARY.br, BINARY)],
  ['binary data in br before identity', coded('br, identity', CODED_BINARY.br, BINARY)],
  ['binary data in br before an empty member', coded('br,', CODED_BINARY.br, BINARY)],
  ['binary data in deflate beside identity', coded('identity, deflate', CODED_BINARY.deflate, BINARY)],
  ['binary data in gzip beside identity', coded('identity, gzip', CODED_BINARY.gzip, BINARY)],
  ['binary data in x-gzip', coded('x-gzip', CODED_BINARY.gzip, BINARY)],
  ['binary data in br and gzip', coded('br, gzip', CODED_BINARY.brInGzip, BINARY)],
  ['a gzip file in gzip', coded('gzip', CODED_BINARY.gzipInGzip, CODED_BINARY.gzip)],
  ['a gzip file in GZIP', coded('GZIP', CODED_BINARY.gzipInGzip, CODED_BINARY.gzip)],
  ['a gzip file in x-gzip', coded('x-gzip', CODED_BINARY.gzipInGzip, CODED_BINARY.gzip)],
  ['text in no coding', { lines: [], bytes: TEXT, plain: TEXT }],
  ['text in identity', coded('identity', TEXT, TEXT)],
]);

/** Returns a body by its name. */
export function bodyOf(name: string): WireBody {
  const body = BODIES.get(name);
  if (body === undefined) throw new Error(`There is no body "${name}".`);
  return body;
}

/** How a body is framed (RFC 9112 §6). */
export type Framing = 'sized' | 'chunked' | 'closed' | 'short' | 'unfinished';

/** What frames a body: header lines, and the writes after them. */
interface Frame {
  lines(length: number): readonly string[];
  write(bytes: Uint8Array, send: (part: Uint8Array | string) => void, end: () => void): void;
}

const chunk = (bytes: Uint8Array, send: (part: Uint8Array | string) => void): void => {
  send(`${bytes.byteLength.toString(16)}\r\n`);
  send(bytes);
  send('\r\n');
};

/** The framings; the last two break off. */
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

/** Deno takes a body for whole as soon as its coded stream has ended, so the stream itself is cut. */
function half(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.byteLength / 2);
}

function coded(coding: string, bytes: Uint8Array, plain: Uint8Array): WireBody {
  return { lines: [`Content-Encoding: ${coding}`], bytes, plain };
}

function decode(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
