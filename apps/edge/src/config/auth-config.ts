import { type RecordingsAuth, basicAuth } from '@room-recordings/core';
import { type SigningKey, parseSigningKeys } from '@room-recordings/core/signing';
import * as v from 'valibot';
import { isSecureUrl, splitList, type EnvSchema, ConfigError } from './schemas.ts';

/** The ways of access that need a credential. */
export type AuthStrategyName = 'twilio-token' | 'jwt' | 'signed-url';

/** What the room of a Twilio token must be. */
export type TokenRoomRule = 'sid' | 'name' | 'any';

/** Access by Twilio's own token. Secrets are functions, so that printed settings hold none. */
export interface TwilioTokenConfig {
  readonly name: 'twilio-token';
  readonly apiKey: string;
  readonly secret: () => string;
  readonly accountSid: string;
  readonly room: TokenRoomRule;
  /** Where rooms are looked up, and as whom. */
  readonly baseUrl: string;
  readonly auth: RecordingsAuth;
}

/** Access by the token of an issuer that publishes its keys. */
export interface JwtConfig {
  readonly name: 'jwt';
  readonly jwksUrl: string;
  readonly issuer: string;
  /** Undefined if `requiredClaims` names what tells this application's tokens from others. */
  readonly audience: string | undefined;
  readonly requiredClaims: readonly RequiredClaim[];
  readonly algorithms: readonly string[];
  readonly roomClaim: string;
  /** In lower case. */
  readonly header: string;
}

/** Access by a signed URL. */
export interface SignedUrlConfig {
  readonly name: 'signed-url';
  readonly keys: () => readonly SigningKey[];
}

/** One way of access, with what it needs. */
export type AuthStrategyConfig = TwilioTokenConfig | JwtConfig | SignedUrlConfig;

/** Who may read: everyone who can reach the edge, or whom one of the ways lets in. */
export type AuthConfig = 'public' | readonly AuthStrategyConfig[];

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

/** The variables that access is read from, each checked by itself. */
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
 * Reads who may read; undefined where nothing is said.
 *
 * @throws {ConfigError} for a way of access without what it needs.
 */
export function parseAuthConfig(variables: AuthVariables): AuthConfig | undefined {
  const { ACCESS: access } = variables;
  if (access === undefined || access === 'public') return access;
  return access.map((name) => READERS[name](variables));
}

const READERS: Readonly<Record<AuthStrategyName, (variables: AuthVariables) => AuthStrategyConfig>> = {
  'twilio-token': readTwilioToken,
  jwt: readJwt,
  'signed-url': readSignedUrl,
};

function readTwilioToken(variables: AuthVariables): AuthStrategyConfig {
  const { TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_ACCOUNT_SID } = variables;
  if (!TWILIO_API_KEY || !TWILIO_API_SECRET || !TWILIO_ACCOUNT_SID) {
    throw lacks('twilio-token', { TWILIO_API_KEY, TWILIO_API_SECRET, TWILIO_ACCOUNT_SID });
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

function readJwt(variables: AuthVariables): AuthStrategyConfig {
  const { JWT_JWKS_URL, JWT_ISSUER, JWT_AUDIENCE, JWT_REQUIRED_CLAIMS: requiredClaims = [] } = variables;
  // Without either, a token that the issuer made for any other application would open recordings.
  const isForUs = JWT_AUDIENCE !== undefined || requiredClaims.length > 0;
  if (!JWT_JWKS_URL || !JWT_ISSUER || !isForUs) {
    throw lacks('jwt', { JWT_JWKS_URL, JWT_ISSUER, 'JWT_AUDIENCE or JWT_REQUIRED_CLAIMS': isForUs });
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

function readSignedUrl({ URL_SIGNING_KEYS }: AuthVariables): AuthStrategyConfig {
  if (!URL_SIGNING_KEYS) throw lacks('signed-url', { URL_SIGNING_KEYS });
  return { name: 'signed-url', keys: URL_SIGNING_KEYS };
}

function lacks(way: AuthStrategyName, needed: Readonly<Record<string, unknown>>): ConfigError {
  const missing = Object.keys(needed).filter((name) => !needed[name]);
  return new ConfigError(`ACCESS=${way} needs ${missing.join(' and ')}.`);
}

/** A claim that a token must have, and its value. */
export interface RequiredClaim {
  /** With dots for a claim inside another. */
  readonly name: string;
  readonly value: string;
}

/** Claims with checks of their own. None of them tells one application of an issuer from another. */
const CHECKED = new Set(['iss', 'exp', 'nbf', 'iat']);

/** `name=value` with commas between, each name once. A value may have an `=`, and no comma. */
export const requiredClaimList: EnvSchema<readonly RequiredClaim[]> = v.pipe(
  v.string('must be text'),
  v.transform((text) => splitList(text).map(parseMember)),
  v.everyItem(
    ({ name, value }) => name !== '' && value !== '',
    'must be name=value with commas between claims, such as azp=https://app.example.com',
  ),
  v.check(
    (claims) => new Set(claims.map(({ name }) => name)).size === claims.length,
    'must name each claim once',
  ),
  v.everyItem(
    ({ name }) => !CHECKED.has(name),
    'must not name iss, exp, nbf or iat, which have checks of their own',
  ),
);

function parseMember(member: string): RequiredClaim {
  const [name = '', ...value] = member.split('=');
  return { name: name.trim(), value: value.join('=').trim() };
}
