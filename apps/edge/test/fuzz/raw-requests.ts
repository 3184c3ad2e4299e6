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
import { signRecordingUrl, signRoomUrl } from '@room-recordings/core/signing';
import {
  API_SECRET,
  CLAIMS,
  createIssuerKey,
  createTwilioToken,
  signJwt,
  TWILIO_ACCESS,
} from '../auth/tokens.ts';
import { createMediaUrlSigner } from '../../src/media/media-url.ts';
import { parseTarget, PUBLIC_URL, ROOM_SID, SID } from '../support/recording.ts';
import { applyEdits, edits, headers, method, target } from '@room-recordings/testing/request-arbitraries';

const ROOM_PATH = `/v1/Rooms/${ROOM_SID}`;

/** A part of a request's head. */
type Line = Arbitrary<string>;

/** Draws from `usual` nine times out of ten. */
const mostly = (usual: Line, strange: Line): Line =>
  oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: strange });

const lineEnd: Line = mostly(constant('\r\n'), constantFrom('\n', '\r', '\r\r\n', ''));

const version: Line = mostly(
  constant(' HTTP/1.1'),
  constantFrom(' HTTP/1.0', ' HTTP/0.9', ' HTTP/2.0', ' HTTP/9.9', ' HTTP/1.1 x', '', ' http/1.1'),
);

/** Sixteen recordings and the other resources of their room, so that some requests are cache hits. */
const knownPath: Line = tuple(
  integer({ min: 0, max: 15 }),
  constantFrom('recording', 'recording', 'recording', 'media', 'list', 'timeline'),
).map(([digit, kind]) => {
  const recording = `${ROOM_PATH}/Recordings/RT${digit.toString(16).repeat(32)}`;
  if (kind === 'recording') return recording;
  if (kind === 'media') return `${recording}/Media${digit % 2 === 0 ? '' : '?format=original'}`;
  return `${ROOM_PATH}/${kind === 'list' ? `Recordings?PageSize=${digit}` : 'Timeline'}`;
});

/** Percent-encodes the characters that a target must not contain, as a browser does. */
const encoded = (text: string): string =>
  text.replaceAll(/[^\u0021-\u007e]+/g, (part) =>
    Array.from(Buffer.from(part), (byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''),
  );

/** A path, an absolute form, or an invalid target. */
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

/** Header lines that a server accepts, with values that the edge must handle. */
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

/** Valid credentials. Requests contain them, or edited copies. */
export interface Credentials {
  /** Header lines. */
  readonly lines: readonly string[];
  /** Signed targets. */
  readonly targets: readonly string[];
}

const orEdited = (texts: readonly string[]): Line =>
  oneof(
    { weight: 2, arbitrary: constantFrom(...texts) },
    {
      weight: 1,
      arbitrary: tuple(constantFrom(...texts), edits).map(([text, all]) => applyEdits(text, all)),
    },
  );

/** Complete requests; two of three contain credentials, if there are any. */
function completeRequest(credentials: Credentials | undefined): Line {
  const lines = oneof(constant(''), constant('If-None-Match: *'), plainLines, strangeLines);
  const targets = credentials
    ? oneof(
        { weight: 3, arbitrary: wireTarget },
        { weight: 1, arbitrary: orEdited(credentials.targets).map(encoded) },
      )
    : wireTarget;
  const credential = credentials
    ? oneof({ weight: 1, arbitrary: constant('') }, { weight: 2, arbitrary: orEdited(credentials.lines) })
    : constant('');
  return tuple(
    mostly(constantFrom('GET', 'HEAD'), method),
    targets,
    version,
    tuple(credential, lines).map((all) => all.filter((line) => line !== '')),
    lineEnd,
    body,
  ).map(([name, path, protocol, fields, end, text]) =>
    [`${name} ${path}${protocol}`, 'Host: recordings.example.com', ...fields, '', text].join(end),
  );
}

/** The bytes of a request, which may be invalid; one of forty is truncated. */
const rawRequest = (complete: Line): Arbitrary<Buffer> =>
  tuple(complete, integer({ min: 0, max: 399 })).map(([text, cut]) => {
    const bytes = Buffer.from(text, cut % 2 === 0 ? 'utf8' : 'latin1');
    return cut < 10 ? bytes.subarray(0, Math.floor((bytes.length * cut) / 10)) : bytes;
  });

/** Draws requests. The same seed and credentials give the same requests. */
export function drawRawRequests(count: number, seed: number, credentials?: Credentials): readonly Buffer[] {
  return sample(rawRequest(completeRequest(credentials)), { numRuns: count, seed });
}

const URL_KEY = { id: 'march', secret: 'canary-of-march-4f6a7b8c9d0e1f2a3b' };
const OTHER_ROOM = `RM${'b'.repeat(32)}`;
/** The room of valid tokens that no request is for. */
const UNREQUESTED_ROOM = `RM${'c'.repeat(32)}`;
const TOKEN_HEADER = 'X-Room-Token';
/** Seconds; longer than the tests run. */
const TTL_SECONDS = 3600 * 12;

/** Credentials of every kind for one room, which are valid by the clock of this machine. */
export interface GeneratedAccess {
  /** Returns the settings for an issuer with this origin. */
  variablesFor(issuer: string): Readonly<Record<string, string>>;
  /** The body of `/jwks.json` at the issuer. */
  readonly jwks: string;
  readonly credentials: Credentials;
  /** The texts that no response and no log may contain. */
  readonly secrets: readonly string[];
}

/** Creates tokens with Twilio's package and jose, and signed URLs with the core package. */
export async function createAccess(): Promise<GeneratedAccess> {
  const key = await createIssuerKey('ES256', 'wire');
  const seconds = Math.floor(Date.now() / 1000);
  const claims = { ...CLAIMS, iat: seconds, exp: seconds + TTL_SECONDS };
  const tokens = {
    twilio: [ROOM_SID, UNREQUESTED_ROOM, undefined].map((room) =>
      createTwilioToken({ room, ttl: TTL_SECONDS }),
    ),
    jwt: await Promise.all([
      signJwt(key, claims),
      signJwt(key, { ...claims, room_sid: UNREQUESTED_ROOM }),
      signJwt(key, { ...claims, exp: seconds - 1 }),
    ]),
  };
  const digits = Array.from({ length: 16 }, (_, nth) => nth.toString(16).repeat(32));
  const urls = await Promise.all(
    digits.map((sid) =>
      signRecordingUrl(`${PUBLIC_URL}/v1/Rooms/${ROOM_SID}/Recordings/RT${sid}`, {
        keys: [URL_KEY],
        expiresIn: TTL_SECONDS,
      }),
    ),
  );
  const signedRoom = await signRoomUrl(PUBLIC_URL + ROOM_PATH, { keys: [URL_KEY], expiresIn: TTL_SECONDS });
  const roomUrls = ['Recordings', 'Timeline', `Recordings/${SID}`, `Recordings/${SID}/Media`].map(
    (path) => `${PUBLIC_URL}${ROOM_PATH}/${path}${new URL(signedRoom).search}`,
  );
  const media = parseTarget(`${ROOM_PATH}/Recordings/${SID}/Media`);
  if (media.kind !== 'media') throw new Error('The path is not that of media.');
  const signMedia = createMediaUrlSigner(async () => [URL_KEY]);
  const parts = { id: media.id, publicUrl: PUBLIC_URL, client: 'token 1', expires: seconds + TTL_SECONDS };
  const mediaUrls = [await signMedia(parts), await signMedia({ ...parts, format: 'original' })];
  const targets = [...urls, ...roomUrls, ...mediaUrls].map((url) => url.slice(PUBLIC_URL.length));
  const all = [...tokens.twilio, ...tokens.jwt];
  return {
    variablesFor: (issuer) => ({
      ...TWILIO_ACCESS,
      ACCESS: 'twilio-token,jwt,signed-url',
      JWT_JWKS_URL: `${issuer}/jwks.json`,
      JWT_ISSUER: String(CLAIMS['iss']),
      JWT_AUDIENCE: String(CLAIMS['aud']),
      JWT_ALGORITHMS: 'ES256',
      JWT_HEADER: TOKEN_HEADER,
      URL_SIGNING_KEYS: `${URL_KEY.id}:${URL_KEY.secret}`,
    }),
    jwks: JSON.stringify({ keys: [key.jwk] }),
    credentials: {
      lines: [
        ...tokens.twilio.map((token) => `Authorization: Bearer ${token}`),
        ...tokens.jwt.map((token) => `${TOKEN_HEADER}: ${token}`),
      ],
      targets: [...targets, ...targets.map((target) => target.replace(ROOM_SID, OTHER_ROOM))],
    },
    secrets: [
      API_SECRET,
      btoa(`${TWILIO_ACCESS['TWILIO_API_KEY']}:${API_SECRET}`),
      URL_KEY.secret,
      ...all.flatMap((token) => [token, token.replace(/^.*\./, '')]),
      ...targets.map((target) => target.replace(/^.*signature=/, '')),
    ],
  };
}
