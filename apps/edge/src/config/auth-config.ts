import { type RecordingsAuth, basicAuth } from '@room-recordings/core';
import { type SigningKey, parseSigningKeys } from '@room-recordings/core/signing';
import * as v from 'valibot';
import { isSecureUrl, splitList, text, type EnvSchema, ConfigError } from './schemas.ts';

/** The clients that may read: all of them, or those that one of the strategies authorizes. */
export type AuthConfig = 'public' | readonly AuthStrategyConfig[];

/** An authorization strategy and its settings. */
export type AuthStrategyConfig = TwilioTokenConfig | JwtConfig | SignedUrlConfig;

/** The names of the authorization strategies. */
export type AuthStrategyName = (typeof STRATEGY_NAMES)[number];

const STRATEGY_NAMES = ['twilio-token', 'jwt', 'signed-url'] as const;

/** The kind of room that a Twilio token must have: a SID, a unique name, or either. With `any`, a token without a room grants every room. */
export type TokenRoomRule = 'sid' | 'name' | 'any';

/** Authorization by a Video Access Token of Twilio. The secret is a function, so that a printed config does not contain it. */
export interface TwilioTokenConfig {
  readonly name: 'twilio-token';
  readonly apiKey: string;
  readonly secret: () => string;
  readonly accountSid: string;
  readonly room: TokenRoomRule;
  /** The origin that rooms are looked up at. */
  readonly baseUrl: string;
  /** The credentials of room lookups. */
  readonly auth: RecordingsAuth;
}

/** Authorization by a token of an issuer that publishes its keys. */
export interface JwtConfig {
  readonly name: 'jwt';
  readonly jwksUrl: string;
  readonly issuer: string;
  /** Undefined if `requiredClaims` distinguishes the tokens of this application from those of others. */
  readonly audience: string | undefined;
  readonly requiredClaims: readonly RequiredClaim[];
  readonly algorithms: readonly string[];
  /** The claim that lists the rooms of a token. */
  readonly roomClaim: string;
  /** The header that holds the token, in lower case. */
  readonly header: string;
}

/** Authorization by a signed URL. */
export interface SignedUrlConfig {
  readonly name: 'signed-url';
  readonly keys: () => readonly SigningKey[];
}

/** A claim that a token must have, and its value. */
export interface RequiredClaim {
  /** Dots separate the name of a claim from the name of a claim inside it. */
  readonly name: string;
  readonly value: string;
}

/** The variables of authorization, each validated by its schema. */
export interface AuthVariables {
  readonly ACCESS?: 'public' | readonly AuthStrategyName[] | undefined;
  readonly TWILIO_API_KEY?: string | undefined;
  readonly TWILIO_API_SECRET?: string | undefined;
  readonly TWILIO_ACCOUNT_SID?: string | undefined;
  readonly TWILIO_BASE_URL: string;
  readonly TWILIO_TOKEN_ROOM: TokenRoomRule;
  readonly JWT_JWKS_URL?: string | undefined;
  readonly JWT_ISSUER?: string | undefined;
  readonly JWT_AUDIENCE?: string | undefined;
  readonly JWT_REQUIRED_CLAIMS?: readonly RequiredClaim[] | undefined;
  readonly JWT_ALGORITHMS: readonly string[];
  readonly JWT_ROOM_CLAIM: string;
  readonly JWT_HEADER: string;
  readonly URL_SIGNING_KEYS?: (() => readonly SigningKey[]) | undefined;
}

/**
 * Creates the authorization config from the variables.
 *
 * @returns undefined if `ACCESS` is not set.
 * @throws {ConfigError} if a strategy lacks a variable that it requires.
 */
export function parseAuthConfig(variables: AuthVariables): AuthConfig | undefined {
  const { ACCESS: access } = variables;
  if (access === undefined || access === 'public') return access;
  return access.map((name) => STRATEGY_PARSERS[name](variables));
}

const STRATEGY_PARSERS: Readonly<Record<AuthStrategyName, (variables: AuthVariables) => AuthStrategyConfig>> =
  {
    'twilio-token': toTwilioTokenConfig,
    jwt: toJwtConfig,
    'signed-url': toSignedUrlConfig,
  };

function toTwilioTokenConfig(variables: AuthVariables): AuthStrategyConfig {
  const { TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_ACCOUNT_SID } = variables;
  if (!TWILIO_API_KEY || !TWILIO_API_SECRET || !TWILIO_ACCOUNT_SID) {
    throw missingError('twilio-token', { TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_ACCOUNT_SID });
  }
  return {
    name: 'twilio-token',
    apiKey: TWILIO_API_KEY,
    secret: () => TWILIO_API_SECRET,
    accountSid: TWILIO_ACCOUNT_SID,
    room: variables.TWILIO_TOKEN_ROOM,
    baseUrl: variables.TWILIO_BASE_URL,
    auth: basicAuth(TWILIO_API_KEY, TWILIO_API_SECRET),
  };
}

function toJwtConfig(variables: AuthVariables): AuthStrategyConfig {
  const { JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, JWT_REQUIRED_CLAIMS: requiredClaims = [] } = variables;
  // Without either, a token that the issuer made for another application would grant recordings.
  const isScoped = JWT_AUDIENCE !== undefined || requiredClaims.length > 0;
  if (!JWT_JWKS_URL || !JWT_ISSUER || !isScoped) {
    throw missingError('jwt', { JWT_JWKS_URL, JWT_ISSUER, 'JWT_AUDIENCE or JWT_REQUIRED_CLAIMS': isScoped });
  }
  return {
    name: 'jwt',
    jwksUrl: JWT_JWKS_URL,
    issuer: JWT_ISSUER,
    audience: JWT_AUDIENCE,
    requiredClaims,
    algorithms: variables.JWT_ALGORITHMS,
    roomClaim: variables.JWT_ROOM_CLAIM,
    header: variables.JWT_HEADER,
  };
}

function toSignedUrlConfig({ URL_SIGNING_KEYS }: AuthVariables): AuthStrategyConfig {
  if (!URL_SIGNING_KEYS) throw missingError('signed-url', { URL_SIGNING_KEYS });
  return { name: 'signed-url', keys: URL_SIGNING_KEYS };
}

/** Creates the error that names each required variable without a value. */
function missingError(strategy: AuthStrategyName, required: Readonly<Record<string, unknown>>): ConfigError {
  const missing = Object.keys(required).filter((name) => !required[name]);
  return new ConfigError(`ACCESS=${strategy} requires ${missing.join(' and ')}.`);
}

const ACCESS_RULE = 'must be public, or a comma-separated list of twilio-token, jwt and signed-url';

/** Accepts `public` or a comma-separated list of strategies. Returns each strategy once. */
export const accessMode: EnvSchema<'public' | readonly AuthStrategyName[]> = v.pipe(
  text,
  v.transform((value) => (value === 'public' ? value : splitList(value))),
  v.union(
    [
      v.literal('public'),
      v.pipe(
        v.array(v.picklist(STRATEGY_NAMES)),
        v.minLength(1),
        v.transform((names) => [...new Set(names)]),
      ),
    ],
    ACCESS_RULE,
  ),
);

/** Accepts the rule for the room of a Twilio token. */
export const tokenRoomRule: EnvSchema<TokenRoomRule> = v.picklist(
  ['sid', 'name', 'any'],
  'must be sid, name or any',
);

/** Asymmetric algorithms only: a symmetric key in a published JWKS would not be secret. */
const ALGORITHMS = 'RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA, Ed25519';
const ALGORITHM_NAMES: ReadonlySet<string> = new Set(splitList(ALGORITHMS));
const ALGORITHMS_RULE = `must be a comma-separated list of ${ALGORITHMS}`;

/** Accepts a comma-separated list of signature algorithms. */
export const jwtAlgorithms: EnvSchema<readonly string[]> = v.pipe(
  text,
  v.transform(splitList),
  v.minLength(1, ALGORITHMS_RULE),
  v.everyItem((name) => ALGORITHM_NAMES.has(name), ALGORITHMS_RULE),
);

/** Accepts the URL of a JWKS. */
export const jwksUrl: EnvSchema<string> = v.pipe(
  text,
  v.check(
    isJwksUrl,
    'must be an https URL (http only for localhost, 127.0.0.1 and [::1]), without credentials or a fragment',
  ),
);

function isJwksUrl(value: string): boolean {
  if (!URL.canParse(value) || !/^https?:$/.test(new URL(value).protocol) || value.includes('#')) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '' && isSecureUrl(value);
}

/** Accepts the keys of signed URLs. Returns a function, so that a printed config does not contain the secrets. */
export const signingKeys: EnvSchema<() => readonly SigningKey[]> = v.pipe(
  text,
  v.check(
    hasSigningKeys,
    'must be a comma-separated list of kid:secret with distinct kids and secrets of at least 32 bytes, without white space around them; generate a secret with openssl rand -base64 32',
  ),
  v.transform((value) => {
    const keys = parseSigningKeys(value);
    return () => keys;
  }),
);

function hasSigningKeys(value: string): boolean {
  try {
    return parseSigningKeys(value).length > 0;
  } catch {
    return false;
  }
}

/** Claims that the edge validates itself. They do not distinguish one application of an issuer from another. */
const VALIDATED_CLAIMS = new Set(['iss', 'exp', 'nbf', 'iat']);

/** Accepts a comma-separated list of `name=value`. A value may contain `=`, but not a comma. */
export const requiredClaimList: EnvSchema<readonly RequiredClaim[]> = v.pipe(
  text,
  v.transform((value) => splitList(value).map(parseRequiredClaim)),
  v.everyItem(
    ({ name, value }) => name !== '' && value !== '',
    'must be a comma-separated list of name=value, such as azp=https://app.example.com',
  ),
  v.check(
    (claims) => new Set(claims.map(({ name }) => name)).size === claims.length,
    'must name each claim once',
  ),
  v.everyItem(
    ({ name }) => !VALIDATED_CLAIMS.has(name),
    'must not name iss, exp, nbf or iat: the edge validates them itself',
  ),
);

function parseRequiredClaim(member: string): RequiredClaim {
  const [name = '', ...value] = member.split('=');
  return { name: name.trim(), value: value.join('=').trim() };
}
