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
  type Arbitrary,
} from 'fast-check';
import { PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import {
  ACCOUNT,
  API_KEY,
  ISSUER,
  KEY_ID,
  OTHER_ROOM,
  SECONDS,
  type Members,
  type TokenKind,
} from './recording-edge.ts';

const anyValue: Arbitrary<unknown> = oneof(
  json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
  double(),
  string({ unit: 'binary', maxLength: 20 }),
  constantFrom<unknown[]>(undefined, null, '', 5, true, [], {}, 1e300, -1),
);

/** Members that replace those of a valid token; an undefined member is removed. */
const changesIn = (names: readonly string[], usual: readonly unknown[]): Arbitrary<Members> =>
  array(
    tuple(
      constantFrom(...names),
      oneof({ weight: 2, arbitrary: constantFrom(...usual) }, { weight: 1, arbitrary: anyValue }),
    ),
    { maxLength: 3 },
  ).map((pairs) => Object.fromEntries(pairs));

export const kind: Arbitrary<TokenKind> = constantFrom('twilio-token', 'jwt');

export const room: Arbitrary<string> = oneof(
  { weight: 3, arbitrary: constant(ROOM_SID) },
  { weight: 1, arbitrary: constant(OTHER_ROOM) },
);

/** Changes of a header, which selects the algorithm and can contain a key. */
export const headerChanges: Arbitrary<Members> = changesIn(
  'alg typ cty kid crit b64 zip enc jku jwk x5u x5c x5t p2c __proto__ constructor x'.split(' '),
  [
    ...'HS256 HS384 ES256 RS256 none None JWT jwt at+jwt twilio-fpa;v=1 TWILIO-FPA;v=1 march MARCH'.split(
      ' ',
    ),
    `${ISSUER}jwks.json`,
    'https://evil.example/jwks.json',
    ['b64'],
    ['exp'],
    false,
    { kty: 'oct', k: 'AAAA' },
  ],
);

/** Changes of the issuer, the audience, the times and the room of a token. */
export const claimChanges: Arbitrary<Members> = changesIn(
  'iss sub aud iat exp nbf grants room_sid jti __proto__ constructor x'.split(' '),
  [
    API_KEY,
    ACCOUNT,
    ISSUER,
    PUBLIC_URL,
    `${PUBLIC_URL}/`,
    '*',
    'daily',
    String(SECONDS + 60),
    ...[-86_401, -60, -1, 0, 0.5, 1, 60, 61, 3600, 86_400, 86_401].map((ahead) => SECONDS + ahead),
    ROOM_SID,
    OTHER_ROOM,
    ROOM_SID.toUpperCase(),
    `RM${'A'.repeat(32)}`,
    [ROOM_SID],
    [OTHER_ROOM],
    ['*'],
    [[ROOM_SID]],
    [PUBLIC_URL, 'x'],
    ['x'],
    { video: { room: ROOM_SID } },
    { video: { room: OTHER_ROOM } },
    { video: { room: [ROOM_SID] } },
    { video: {} },
    { video: null },
    { video: { room: '' } },
    { voice: { room: ROOM_SID } },
  ],
);

/** The index of the token that provides each of the three parts; the same for all parts in half of the cases. */
export function mixed(count: number): Arbitrary<readonly [number, number, number]> {
  const one = integer({ min: 0, max: count - 1 });
  return oneof(
    one.map((which): [number, number, number] => [which, which, which]),
    tuple(one, one, one),
  );
}

/** The texts before and after a token in Authorization. */
export const presentation: Arbitrary<readonly [before: string, after: string]> = tuple(
  oneof(
    { weight: 3, arbitrary: constant('Bearer ') },
    {
      weight: 1,
      arbitrary: constantFrom('bearer ', 'BEARER   ', 'Bearer\t', 'Bearer', 'Basic ', '', ' Bearer '),
    },
  ),
  oneof(
    { weight: 3, arbitrary: constant('') },
    { weight: 1, arbitrary: constantFrom(' ', ',', ', Bearer x', '\t', ' x', '=', '\0') },
  ),
);

/** Members that contain a key or change the meaning of the other parts. */
const FORBIDDEN_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'crit'];

/** A second implementation of the rules, which is independent of that of the edge. */
export const mayGrant = {
  /** Returns whether a token with this header may grant a room. */
  header(kind: TokenKind, changed: Members): boolean {
    const header = serialize(changed);
    if (FORBIDDEN_MEMBERS.some((name) => Object.hasOwn(header, name))) return false;
    const { alg, typ, cty, kid } = header;
    if (kind === 'twilio-token') return alg === 'HS256' && typ === 'JWT' && cty === 'twilio-fpa;v=1';
    const isNested = typeof cty === 'string' && cty.toLowerCase() === 'jwt';
    return alg === 'ES256' && (kid === KEY_ID || kid === undefined) && !isNested;
  },
  /** Returns whether a token with these claims may grant a room. */
  claims(kind: TokenKind, changed: Members, room: string): boolean {
    const claims = serialize(changed);
    const { exp, iat, nbf } = claims;
    if (!isInstant(exp) || exp <= SECONDS) return false;
    if (![iat, nbf].every((time) => time === undefined || isInstant(time))) return false;
    if (Number(nbf ?? 0) > SECONDS + 60) return false;
    if (kind === 'jwt') {
      const { iss, aud, room_sid } = claims;
      return iss === ISSUER && toList(aud).includes(PUBLIC_URL) && grantsRoom(room_sid, room);
    }
    const { iss, sub, grants } = claims;
    const start = Math.min(SECONDS, Number(iat ?? nbf ?? SECONDS));
    const isAccepted = iss === API_KEY && sub === ACCOUNT && exp - start <= 86_400;
    return isAccepted && normalizeSid(getMember(getMember(grants, 'video'), 'room')) === room;
  },
};

/** Returns whether changes leave a token as it is, or only add an unknown member. */
export function addsOnlyUnknownMember(valid: Members, changes: Members): boolean {
  return Object.entries(changes).every(
    ([name, value]) => name === 'x' || (Object.hasOwn(valid, name) && value === valid[name]),
  );
}

/** Returns members as JSON transports them: without undefined ones, and with null for numbers that JSON does not have. */
function serialize(members: Members): Members {
  // JSON.parse returns an object for a serialized object.
  return JSON.parse(JSON.stringify(members)) as Members;
}

const isInstant = (value: unknown): value is number =>
  typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
const toList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

function getMember(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? new Map(Object.entries(value)).get(name) : undefined;
}

/** Returns a room SID with lower-case digits, and any other value unchanged. */
function normalizeSid(value: unknown): unknown {
  return typeof value === 'string' && value.startsWith('RM') ? `RM${value.slice(2).toLowerCase()}` : value;
}

function grantsRoom(claim: unknown, room: string): boolean {
  return claim === '*' || toList(claim).some((member) => normalizeSid(member) === room);
}

/** Returns whether a value of Authorization is exactly this token with the scheme Bearer. */
export function isBearer(value: string, token: string | undefined): boolean {
  const [scheme = '', ...rest] = value.split(' ').filter((part) => part !== '');
  return scheme.toLowerCase() === 'bearer' && !value.startsWith(' ') && rest.join(' ') === token;
}

/** Returns whether two paths are the same URL for the platform, whatever the order of the query's members. */
export function isSameUrl(path: string, other: string): boolean {
  const [one, two] = [path, other].map((each) => {
    const { pathname, search } = new URL(PUBLIC_URL + each);
    return [pathname, ...search.slice(1).split('&').toSorted()].join('\n');
  });
  return one === two;
}
