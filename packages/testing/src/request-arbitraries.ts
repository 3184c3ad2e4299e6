import {
  array,
  constant,
  constantFrom,
  double,
  integer,
  json,
  oneof,
  string,
  tuple,
  webPath,
  type Arbitrary,
} from 'fast-check';

const HEX = '0123456789abcdefABCDEF'.split('');

const hex = (length: number): Arbitrary<string> =>
  string({ unit: constantFrom(...HEX), minLength: length, maxLength: length });

/** Any text: letters, control characters, halves of surrogate pairs. */
const anyText: Arbitrary<string> = string({ unit: 'binary', maxLength: 40 });

/** Parts of hostile paths: encodings, dot segments, other alphabets, file extensions. */
const HOSTILE_PARTS = [
  String.raw`.. . %2e%2e %2F %5C \ %00 %0d%0a %3F %23 %252F %C0%AF % %u0052 ;x=1 .json /x.css %0A.css // __proto__ ? #`.split(
    ' ',
  ),
  ['ＲＴ', '٠١٢', '\u0301', '\u200F', '\0', '\t', '\n'],
].flat();

const hostilePart: Arbitrary<string> = oneof(
  constantFrom(...HOSTILE_PARTS),
  anyText,
  string({ maxLength: 300 }),
);

const validSid = (prefix: string): Arbitrary<string> => hex(32).map((digits) => prefix + digits);

/** A SID, or a text that is similar to one. */
function similarSid(prefix: string): Arbitrary<string> {
  const cut = tuple(validSid(prefix), integer({ min: 0, max: 34 }), hostilePart);
  return oneof(
    { weight: 3, arbitrary: validSid(prefix) },
    { weight: 1, arbitrary: oneof(hex(31), hex(33), hex(1000)).map((digits) => prefix + digits) },
    { weight: 1, arbitrary: hex(32).map((digits) => prefix.toLowerCase() + digits) },
    { weight: 2, arbitrary: cut.map(([sid, at, part]) => sid.slice(0, at) + part + sid.slice(at)) },
    {
      weight: 1,
      arbitrary: cut.map(([sid, at, part]) => sid.slice(0, at) + part + sid.slice(at + part.length)),
    },
    { weight: 1, arbitrary: hostilePart },
  );
}

const recordingPath: Arbitrary<string> = tuple(
  constantFrom(
    '/v1/Rooms/',
    '/v1/Rooms/',
    '/v1/Rooms/',
    '/V1/rooms/',
    '//v1/Rooms/',
    '/v1//Rooms/',
    '//evil.example/v1/Rooms/',
  ),
  similarSid('RM'),
  constantFrom('/Recordings/', '/Recordings/', '/Recordings/', '/Participants/', '/', '/Recordings//'),
  similarSid('RT'),
  oneof({ weight: 4, arbitrary: constant('') }, { weight: 1, arbitrary: hostilePart }),
).map((parts) => parts.join(''));

const query: Arbitrary<string> = oneof(
  { weight: 3, arbitrary: constant('') },
  { weight: 1, arbitrary: anyText.map((text) => `?${text}`) },
  {
    weight: 1,
    arbitrary: tuple(anyText, anyText).map(([name, value]) => `?${name}=${value}&${name}=${value}`),
  },
  { weight: 1, arbitrary: integer({ min: 2000, max: 5000 }).map((length) => `?${'a'.repeat(length)}`) },
);

/** A path and a query, as they may arrive on a socket. */
export const target: Arbitrary<string> = tuple(
  oneof(
    { weight: 6, arbitrary: recordingPath },
    { weight: 1, arbitrary: webPath().map((path) => `/${path}`) },
    { weight: 1, arbitrary: hostilePart.map((part) => `/${part}`) },
  ),
  query,
).map((parts) => parts.join(''));

/** The path of a recording. */
export const validPath: Arbitrary<string> = tuple(validSid('RM'), validSid('RT')).map(
  ([room, sid]) => `/v1/Rooms/${room}/Recordings/${sid}`,
);

export const method: Arbitrary<string> = oneof(
  { weight: 6, arbitrary: constantFrom('GET', 'HEAD') },
  {
    weight: 2,
    arbitrary: constantFrom('OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'get'),
  },
  { weight: 1, arbitrary: string({ maxLength: 10 }) },
);

const HEADERS = [
  'if-none-match if-match if-modified-since if-range range origin accept accept-encoding authorization cookie host',
  'x-forwarded-host forwarded x-original-url x-http-method-override access-control-request-method cache-control',
  'access-control-request-headers access-control-request-private-network pragma expect content-length x-request-id',
].flatMap((names) => names.split(' '));

const headerValue: Arbitrary<string> = oneof(
  constantFrom(
    '*',
    '""',
    'W/"',
    '"a", W/"b"',
    ',,,',
    'null',
    'https://app.example.com',
    'GET',
    'bytes=0-',
    'no-store',
    '',
  ),
  constantFrom(
    'https://app.example.com',
    'https://app.example.com.evil.com',
    'https://evil.example',
    'file://',
  ),
  array(constantFrom('"a"', 'W/"b"', '*', ' ', ',', '"', 'W/', '\t'), { maxLength: 300 }).map((parts) =>
    parts.join(''),
  ),
  anyText,
  string({ maxLength: 8000 }),
);

/** The headers of a request, by lower-case name. */
export const headers: Arbitrary<ReadonlyMap<string, string>> = array(
  tuple(constantFrom(...HEADERS), headerValue),
  { maxLength: 6 },
).map((pairs) => new Map(pairs));

const ATTRIBUTES = [
  'sid room_sid account_sid source_sid status type codec container_format size duration offset url links',
  'grouping_sids track_name date_created media_external_location __proto__ constructor x',
].flatMap((names) => names.split(' '));

const attributeValue: Arbitrary<unknown> = oneof(
  constantFrom<unknown[]>(
    null,
    '',
    'completed',
    'OPUS',
    'audio',
    {},
    [],
    true,
    -1,
    0,
    1e300,
    '2026-03-02T09:00:00Z',
  ),
  json({ maxDepth: 3 }).map((text): unknown => JSON.parse(text)),
  double(),
  anyText,
);

/** Changed attributes of a recording. */
export const changes: Arbitrary<Readonly<Record<string, unknown>>> = array(
  tuple(constantFrom(...ATTRIBUTES), attributeValue),
  { minLength: 1, maxLength: 4 },
).map((pairs) => Object.fromEntries(pairs));

/** Bodies of Twilio responses. */
export const anyBody: Arbitrary<string> = oneof(
  json({ maxDepth: 6 }),
  anyText,
  integer({ min: 1, max: 20_000 }).map((depth) => '['.repeat(depth)),
  constantFrom('', 'null', '[]', '{}', '"RT"', '{"sid":', '<html>'),
);

/** A change of a text: some characters are removed, and others are inserted. */
interface Edit {
  /** The position, in thousandths of the length; a negative number counts characters from the end. */
  readonly at: number;
  readonly removed: number;
  readonly inserted: string;
}

const edit: Arbitrary<Edit> = tuple(
  integer({ min: 0, max: 1_000 }),
  oneof(constantFrom(0, 1, 1), integer({ min: 0, max: 400 })),
  oneof(
    { weight: 3, arbitrary: string({ unit: constantFrom(...'AQgwBb0-_.=&+/ %'.split('')), maxLength: 3 }) },
    { weight: 1, arbitrary: string({ unit: 'binary', maxLength: 20 }) },
    {
      weight: 1,
      arbitrary: constantFrom('.'.repeat(9_000), '%2E', '\n', '\0', 'é', '&kid=x', '&signature='),
    },
  ),
).map(([at, removed, inserted]) => ({ at, removed, inserted }));

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'.split('');

/** Replaces the last character: a lenient decoder reads some of them as the same bytes. */
const lastCharacter: Arbitrary<Edit> = constantFrom(...BASE64URL).map((inserted) => ({
  at: -1,
  removed: 1,
  inserted,
}));

/** The edits of a text; none in every fourth case. */
export const edits: Arbitrary<readonly Edit[]> = oneof(
  { weight: 1, arbitrary: constant([]) },
  { weight: 1, arbitrary: lastCharacter.map((one) => [one]) },
  { weight: 2, arbitrary: array(edit, { minLength: 1, maxLength: 3 }) },
);

/** Applies edits one after the other. */
export function applyEdits(text: string, all: readonly Edit[]): string {
  return all.reduce((before, { at, removed, inserted }) => {
    const index = at < 0 ? before.length + at : Math.floor((before.length * at) / 1_000);
    return before.slice(0, index) + inserted + before.slice(index + removed);
  }, text);
}
