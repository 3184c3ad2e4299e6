import { NOW } from '@room-recordings/testing/fake-clock';
import {
  base64url,
  CompactSign,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CompactJWSHeaderParameters,
  type CryptoKey,
  type JWK,
} from 'jose';
import { createHmac } from 'node:crypto';
import twilio from 'twilio';
import { ROOM_SID } from '../support/recording.ts';

const { AccessToken } = twilio.jwt;

export const ACCOUNT: string = `AC${'a'.repeat(32)}`;
export const API_KEY: string = `SK${'b'.repeat(32)}`;
export const API_SECRET = 'canary7c1d2e3f4a5b6c7d8e9f0a1b2c';

/** Seconds since 1970. */
export const NOW_SECONDS: number = NOW / 1000;

/** The variables of an edge for Twilio's tokens. */
export const TWILIO_ACCESS: Readonly<Record<string, string>> = {
  ACCESS: 'twilio-token',
  TWILIO_API_KEY: API_KEY,
  TWILIO_API_SECRET: API_SECRET,
  TWILIO_ACCOUNT_SID: ACCOUNT,
};

/** The differences from a valid Twilio token. */
interface TokenOptions {
  readonly room?: string | undefined;
  readonly account?: string;
  readonly key?: string;
  readonly secret?: string;
  /** Seconds. */
  readonly ttl?: number;
  /** Seconds since 1970. */
  readonly nbf?: number;
  readonly region?: string;
  readonly algorithm?: 'HS256' | 'HS384' | 'HS512';
  readonly grant?: 'video' | 'none';
}

/** Creates a Video Access Token by Twilio's own package, which reads the clock of the process. */
export function createTwilioToken(options: TokenOptions = {}): string {
  const { account = ACCOUNT, key = API_KEY, secret = API_SECRET, ttl = 3600 } = options;
  const { nbf, region, algorithm = 'HS256', grant = 'video' } = options;
  const token = new AccessToken(account, key, secret, {
    identity: 'alice',
    ttl,
    ...(nbf === undefined ? {} : { nbf }),
    ...(region === undefined ? {} : { region }),
  });
  const room = 'room' in options ? options.room : ROOM_SID;
  if (grant === 'video') token.addGrant(new AccessToken.VideoGrant(room === undefined ? {} : { room }));
  return token.toJwt(algorithm);
}

/** The payload of a token: an object, or text or bytes in its place. */
export type Payload = object | string | Uint8Array;

const toText = (part: object | string): string => (typeof part === 'string' ? part : JSON.stringify(part));
const toBytes = (payload: Payload): Uint8Array =>
  payload instanceof Uint8Array ? payload : new TextEncoder().encode(toText(payload));

/** Signs any payload by jose, which rejects invalid headers and keys of another type. */
export function signCompact(key: CryptoKey | string, header: object, payload: Payload): Promise<string> {
  // Some tests use headers that the type does not allow.
  const protectedHeader = header as CompactJWSHeaderParameters;
  return new CompactSign(toBytes(payload))
    .setProtectedHeader(protectedHeader)
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key, { crit: { exp: true } });
}

/** Creates the text that a signature covers. */
export function signingInput(header: object | string, payload: Payload): string {
  return [base64url.encode(toText(header)), base64url.encode(toBytes(payload))].join('.');
}

/** Signs a token with any header by HMAC, also a header that neither Twilio's package nor jose would sign. */
export function signHmacWithoutJose(
  header: object | string,
  payload: Payload,
  secret: string = API_SECRET,
): string {
  const input = signingInput(header, payload);
  return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

/** The header and the claims of a valid Twilio token. */
export const TWILIO_HEADER: object = { typ: 'JWT', alg: 'HS256', cty: 'twilio-fpa;v=1' };
export const TWILIO_CLAIMS: Readonly<Record<string, unknown>> = {
  jti: `${API_KEY}-${NOW_SECONDS}`,
  iss: API_KEY,
  sub: ACCOUNT,
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 3600,
  grants: { identity: 'alice', video: { room: ROOM_SID } },
};

export const ISSUER = 'https://issuer.example.com/';
export const AUDIENCE = 'https://recordings.example.com';
export const JWKS_URL = 'https://issuer.example.com/.well-known/jwks.json';

/** The variables of an edge for the tokens of the issuer. */
export const JWT_ACCESS: Readonly<Record<string, string>> = {
  ACCESS: 'jwt',
  JWT_JWKS_URL: JWKS_URL,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: AUDIENCE,
};

/** The claims of a valid token of the issuer. */
export const CLAIMS: Readonly<Record<string, unknown>> = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'alice',
  iat: NOW_SECONDS,
  exp: NOW_SECONDS + 3600,
  room_sid: ROOM_SID,
};

/** A key pair of an issuer, with its published public half. */
export interface IssuerKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

/** Creates a key pair. */
export async function createIssuerKey(alg: string, kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** Signs a token of the issuer by jose. */
export function signJwt(
  key: IssuerKey,
  claims: Readonly<Record<string, unknown>> = CLAIMS,
  header: object = {},
): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
    .sign(key.privateKey);
}
