import { basicAuth } from '@room-recordings/core';
import type { SigningKey } from '@room-recordings/core/signing';
import { ConfigError } from '../settings-error.ts';
import type { RequiredClaim } from './required-claims.ts';
import type {
  AuthConfig,
  TokenRoomRule,
  AuthStrategyName,
  AuthStrategyConfig,
} from '../config/auth-config.ts';

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
