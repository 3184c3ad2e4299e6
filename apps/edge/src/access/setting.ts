import { parseSigningKeys, type SigningKey } from '@room-recordings/core/signing';
import * as v from 'valibot';
import { isSecureUrl, splitList, type EnvSchema } from '../config/schemas.ts';
import type { TokenRoomRule, AuthStrategyName } from '../config/auth-config.ts';

const WAYS = ['twilio-token', 'jwt', 'signed-url'] as const;
const ACCESS_FAULT = 'must be public, or any of twilio-token, jwt and signed-url with commas between them';

/** Who may read. */
export const accessMode: EnvSchema<'public' | readonly AuthStrategyName[]> = v.pipe(
  v.string('must be text'),
  v.transform((value) => (value === 'public' ? value : splitList(value))),
  v.union(
    [
      v.literal('public'),
      v.pipe(
        v.array(v.picklist(WAYS)),
        v.minLength(1),
        v.transform((names) => [...new Set(names)]),
      ),
    ],
    ACCESS_FAULT,
  ),
);

/** What the room of a Twilio token must be. */
export const tokenRoomRule: EnvSchema<TokenRoomRule> = v.picklist(
  ['sid', 'name', 'any'],
  'must be sid, name or any',
);

const ALGORITHMS: ReadonlySet<string> = new Set([
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
]);
const ALGORITHMS_FAULT =
  'must be of RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA and Ed25519, with commas between them';

/** How an issuer signs: by a key pair, since a published key set holds no secret. */
export const jwtAlgorithms: EnvSchema<readonly string[]> = v.pipe(
  v.string('must be text'),
  v.transform(splitList),
  v.minLength(1, ALGORITHMS_FAULT),
  v.everyItem((name) => ALGORITHMS.has(name), ALGORITHMS_FAULT),
);

/** Where an issuer's keys are. */
export const jwksUrl: EnvSchema<string> = v.pipe(
  v.string('must be text'),
  v.check(isKeySetUrl, 'must be an https URL (http only on this machine), without credentials or a fragment'),
);

/** The keys of signed URLs, kept in a function so that printed settings hold none. */
export const signingKeys: EnvSchema<() => readonly SigningKey[]> = v.pipe(
  v.string('must be text'),
  v.check(
    areKeys,
    'must be kid:secret with commas between keys, each kid once, and each secret at least 32 bytes without white space around them; openssl rand -base64 32 makes a secret',
  ),
  v.transform((value) => {
    const keys = parseSigningKeys(value);
    return () => keys;
  }),
);

function isKeySetUrl(value: string): boolean {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol) || value.includes('#')) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '' && isSecureUrl(value);
}

function areKeys(value: string): boolean {
  try {
    return parseSigningKeys(value).length > 0;
  } catch {
    return false;
  }
}
