import {
  array,
  constant,
  constantFrom,
  integer,
  oneof,
  sample,
  string,
  tuple,
  type Arbitrary,
} from 'fast-check';
import { headers, method, target } from './arbitraries.ts';
import { applyEdits, edits } from './mutations.ts';

/** What stands in one line of a head. */
type Line = Arbitrary<string>;

/** Takes `usual` nine times of ten. */
const mostly = (usual: Line, strange: Line): Line =>
  oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: strange });

const lineEnd: Line = mostly(constant('\r\n'), constantFrom('\n', '\r', '\r\r\n', ''));

const version: Line = mostly(
  constant(' HTTP/1.1'),
  constantFrom(' HTTP/1.0', ' HTTP/0.9', ' HTTP/2.0', ' HTTP/9.9', ' HTTP/1.1 x', '', ' http/1.1'),
);

/** Recordings that are asked for again and again, so that some are answered from the store. */
const knownPath: Line = integer({ min: 0, max: 15 }).map(
  (digit) => `/v1/Rooms/RM${'a'.repeat(32)}/Recordings/RT${digit.toString(16).repeat(32)}`,
);

/** Bytes that a target may have; every other is written as an encoding, as a browser does. */
const encoded = (text: string): string =>
  text.replaceAll(/[^\u0021-\u007e]+/g, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );

/** A path, an authority before it, or what is no target. */
const wireTarget: Line = oneof(
  { weight: 5, arbitrary: knownPath },
  { weight: 4, arbitrary: target.map(encoded) },
  { weight: 1, arbitrary: target },
  { weight: 1, arbitrary: knownPath.map((path) => `http://evil.example${path}`) },
  { weight: 1, arbitrary: constantFrom('*', 'evil.example:443', 'http://[::', 'https://', '?', '') },
);

const STRANGE_LINES = [
  'Host: evil.example|Host: [::|Host:|Host: a b|Content-Length: -1|Content-Length: 99999999999999999999',
  'Transfer-Encoding: chunked|Transfer-Encoding: x, chunked|Content-Length: 5|Content-Length : 5| folded|no colon',
  'Expect: 100-continue|Upgrade: websocket|Connection: Upgrade, HTTP2-Settings|Connection: close, Authorization',
  ': no name|X: \0|X: \r|Range: bytes=0-0|TE: trailers|Trailer: Host|Proxy-Authorization: x|X-Forwarded-Host: x',
].flatMap((lines) => lines.split('|'));

const strangeLine: Line = oneof(
  constantFrom(...STRANGE_LINES),
  string({ unit: 'binary-ascii', maxLength: 60 }),
  integer({ min: 1, max: 70_000 }).map((length) => `X-Long: ${'x'.repeat(length)}`),
  integer({ min: 50, max: 300 }).map((count) =>
    Array.from({ length: count }, (_, nth) => `X-${nth}: 1`).join('\r\n'),
  ),
);

/** Fields that a server has to take, with values that the edge has to bear. */
const plainLines: Line = headers.map((fields) =>
  [...fields]
    .filter(([name]) => !/^(?:host|content-length|expect)$/.test(name))
    .map(([name, value]) => `${name}: ${value.replaceAll(/[^\u0020-\u007e]/g, '').trim()}`)
    .join('\r\n'),
);

const strangeLines: Line = array(strangeLine, { minLength: 1, maxLength: 3 }).map((lines) =>
  lines.join('\r\n'),
);

const body: Line = mostly(
  constant(''),
  oneof(
    string({ unit: 'binary-ascii', maxLength: 200 }),
    constantFrom(
      '5\r\nhello\r\n0\r\n\r\n',
      'ffffffffffffffff\r\n',
      'x\r\n',
      '0\r\n\r\nGET / HTTP/1.1\r\n\r\n',
    ),
  ),
);

/** What opens an edge: requests are drawn with it, and with what is nearly it. */
export interface Credentials {
  /** Whole header lines. */
  readonly lines: readonly string[];
  /** Targets that are signed. */
  readonly targets: readonly string[];
}

const orNearly = (texts: readonly string[]): Line =>
  oneof(
    { weight: 2, arbitrary: constantFrom(...texts) },
    {
      weight: 1,
      arbitrary: tuple(constantFrom(...texts), edits).map(([text, all]) => applyEdits(text, all)),
    },
  );

/** Requests, with credentials in two of three where there are some. */
function wholeWith(credentials: Credentials | undefined): Line {
  const lines = oneof(constant(''), plainLines, strangeLines);
  const targets = credentials
    ? oneof(
        { weight: 3, arbitrary: wireTarget },
        { weight: 1, arbitrary: orNearly(credentials.targets).map(encoded) },
      )
    : wireTarget;
  const credential = credentials
    ? oneof({ weight: 1, arbitrary: constant('') }, { weight: 2, arbitrary: orNearly(credentials.lines) })
    : constant('');
  return tuple(
    mostly(constantFrom('GET', 'HEAD'), method),
    targets,
    version,
    tuple(credential, lines).map((all) => all.filter((line) => line !== '')),
    lineEnd,
    body,
  ).map(([asks, path, says, fields, end, text]) =>
    [`${asks} ${path}${says}`, 'Host: recordings.example.com', ...fields, '', text].join(end),
  );
}

/** The bytes of a request that may be none; one of forty breaks off. */
const rawRequest = (whole: Line): Arbitrary<Buffer> =>
  tuple(whole, integer({ min: 0, max: 399 })).map(([text, cut]) => {
    const bytes = Buffer.from(text, cut % 2 === 0 ? 'utf8' : 'latin1');
    return cut < 10 ? bytes.subarray(0, Math.floor((bytes.length * cut) / 10)) : bytes;
  });

/** Draws requests, the same ones for the same seed and credentials. */
export function drawRawRequests(count: number, seed: number, credentials?: Credentials): readonly Buffer[] {
  return sample(rawRequest(wholeWith(credentials)), { numRuns: count, seed });
}
