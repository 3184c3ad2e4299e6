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
import { ACCOUNT, API_KEY, ISSUER, OTHER_ROOM, SECONDS, type Kind } from './recording-authorizer.ts';

/** Members of a header or of claims that are put over a good token's; an undefined one is left out of it. */
type Changes = Readonly<Record<string, unknown>>;

const anyValue: Arbitrary<unknown> = oneof(
  json({ maxDepth: 2 }).map((text): unknown => JSON.parse(text)),
  double(),
  string({ unit: 'binary', maxLength: 20 }),
  constantFrom<unknown[]>(undefined, null, '', 5, true, [], {}, 1e300, -1),
);

const changesOf = (names: readonly string[], usual: readonly unknown[]): Arbitrary<Changes> =>
  array(
    tuple(
      constantFrom(...names),
      oneof({ weight: 2, arbitrary: constantFrom(...usual) }, { weight: 1, arbitrary: anyValue }),
    ),
    { maxLength: 3 },
  ).map((pairs) => Object.fromEntries(pairs));

export const kind: Arbitrary<Kind> = constantFrom('twilio-token', 'jwt');

export const room: Arbitrary<string> = oneof(
  { weight: 3, arbitrary: constant(ROOM_SID) },
  { weight: 1, arbitrary: constant(OTHER_ROOM) },
);

/** Headers say how the token is to be read, and bring keys of their own. */
export const headerChanges: Arbitrary<Changes> = changesOf(
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

/** Claims say who made the token, for whom, until when and for which room. */
export const claimChanges: Arbitrary<Changes> = changesOf(
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

/** Of which of `count` tokens each part is taken; of one and the same, in half of the cases. */
export function mixed(count: number): Arbitrary<readonly [number, number, number]> {
  const one = integer({ min: 0, max: count - 1 });
  return oneof(
    one.map((which): [number, number, number] => [which, which, which]),
    tuple(one, one, one),
  );
}

/** How a token is presented: what stands before it, and after it. */
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
