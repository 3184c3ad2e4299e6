import { NOW } from '@room-recordings/testing/fake-clock';
import { PUBLIC_URL, ROOM_SID } from '../support/recording.ts';

export const ISSUER = 'https://issuer.example.com/';
const AUDIENCE = PUBLIC_URL;
const NOW_SECONDS = NOW / 1000;

type Members = Readonly<Record<string, unknown>>;

/** The tokens and the JWKS of one issuer, in the form of its documentation. */
export interface Producer {
  readonly name: string;
  /** Variables besides the URL of the JWKS and the issuer. */
  readonly settings: Readonly<Record<string, string>>;
  readonly header: Members;
  readonly claims: Members;
  /** Members of the key that signed the token. Undefined members are left out. */
  readonly key?: Members;
  /** Other keys of the JWKS. */
  readonly others?: readonly unknown[];
  /** Members of the JWKS besides `keys`. */
  readonly document?: Members;
  readonly contentType?: string;
}

const CERTIFICATE = {
  x5t: 'NjVBRjY5MDlCMUIwNzU4RTA2QzZFMDQ4QzQ2MDAyQjVDNjk1RTM2Qg',
  x5c: ['MIIDBTCCAe2gAwIBAgIQ'],
};
const ENCRYPTION_KEY = { kty: 'RSA', use: 'enc', alg: 'RSA-OAEP', kid: 'enc', n: 'x'.repeat(342), e: 'AQAB' };
const times = { iat: NOW_SECONDS, exp: NOW_SECONDS + 3600 };
const WITHOUT_AUDIENCE = { iss: ISSUER, sub: 'alice', ...times, room_sid: ROOM_SID };
const CLAIMS = { ...WITHOUT_AUDIENCE, aud: AUDIENCE };
const audience = { JWT_AUDIENCE: AUDIENCE };

/** The producers differ in `typ`, `kid`, `aud`, the times, the room claim, and the other members of the JWKS. */
export const PRODUCERS: readonly Producer[] = [
  {
    name: 'Auth0',
    settings: { ...audience, JWT_ROOM_CLAIM: 'https://example.com/rooms' },
    header: { alg: 'RS256', typ: 'JWT', kid: 'rsa' },
    claims: {
      iss: ISSUER,
      sub: 'auth0|1',
      aud: [AUDIENCE, `${ISSUER}userinfo`],
      ...times,
      scope: 'openid',
      azp: 'client',
      'https://example.com/rooms': [ROOM_SID],
    },
    key: CERTIFICATE,
    contentType: 'application/json; charset=utf-8',
  },
  {
    name: 'Auth0 with the profile of RFC 9068',
    settings: audience,
    header: { alg: 'RS256', typ: 'at+jwt', kid: 'rsa' },
    claims: {
      iss: ISSUER,
      sub: 'auth0|1',
      aud: AUDIENCE,
      ...times,
      jti: 'one',
      client_id: 'client',
      room_sid: ROOM_SID,
    },
  },
  {
    name: 'an issuer with typ as a full media type',
    settings: audience,
    header: { alg: 'RS256', typ: 'APPLICATION/AT+JWT', kid: 'rsa' },
    claims: CLAIMS,
  },
  {
    name: 'Clerk',
    settings: { JWT_REQUIRED_CLAIMS: 'azp=https://app.example.com', JWT_ROOM_CLAIM: 'metadata.rooms' },
    header: { alg: 'RS256', cat: 'cl_B7d4PD111AAA', kid: 'rsa', typ: 'JWT' },
    claims: {
      azp: 'https://app.example.com',
      ...times,
      fva: [0, -1],
      iss: ISSUER,
      nbf: NOW_SECONDS - 10,
      sid: 'sess_1',
      sub: 'user_1',
      v: 2,
      metadata: { rooms: [ROOM_SID] },
    },
  },
  {
    name: 'Cognito',
    settings: { JWT_REQUIRED_CLAIMS: 'client_id=client, token_use=access' },
    header: { kid: 'rsa', alg: 'RS256' },
    claims: {
      sub: 'one',
      iss: ISSUER,
      client_id: 'client',
      token_use: 'access',
      scope: 'openid',
      auth_time: NOW_SECONDS,
      ...times,
      jti: 'one',
      room_sid: ROOM_SID,
    },
    others: [{ alg: 'RS256', e: 'AQAB', kid: 'other', kty: 'RSA', n: 'x'.repeat(342), use: 'sig' }],
  },
  {
    name: 'Firebase',
    settings: audience,
    header: { alg: 'RS256', kid: 'rsa', typ: 'JWT' },
    claims: {
      room_sid: ROOM_SID,
      iss: ISSUER,
      aud: AUDIENCE,
      auth_time: NOW_SECONDS,
      user_id: 'one',
      sub: 'one',
      ...times,
      firebase: { identities: {}, sign_in_provider: 'password' },
    },
    contentType: 'application/json; charset=UTF-8',
  },
  {
    name: 'Keycloak',
    settings: { ...audience, JWT_REQUIRED_CLAIMS: 'realm_access.roles=recordings' },
    header: { alg: 'RS256', typ: 'JWT', kid: 'rsa' },
    claims: {
      ...times,
      jti: 'one',
      iss: ISSUER,
      aud: ['account', AUDIENCE],
      sub: 'one',
      typ: 'Bearer',
      azp: 'app',
      realm_access: { roles: ['offline', 'recordings'] },
      room_sid: [ROOM_SID],
    },
    key: CERTIFICATE,
    others: [ENCRYPTION_KEY],
    contentType: 'application/json;charset=UTF-8',
  },
  {
    name: 'Azure AD, whose keys have no alg',
    settings: audience,
    header: { typ: 'JWT', alg: 'RS256', x5t: CERTIFICATE.x5t, kid: 'rsa' },
    claims: {
      aud: AUDIENCE,
      iss: ISSUER,
      ...times,
      nbf: NOW_SECONDS,
      tid: 'tenant',
      ver: '2.0',
      room_sid: ROOM_SID,
    },
    key: { ...CERTIFICATE, alg: undefined, cloud_instance_name: 'microsoftonline.com', issuer: ISSUER },
  },
  {
    name: 'Supabase',
    settings: { ...audience, JWT_ROOM_CLAIM: 'app_metadata.room_sid' },
    header: { alg: 'ES256', kid: 'ec', typ: 'JWT' },
    claims: {
      aal: 'aal1',
      app_metadata: { provider: 'email', room_sid: ROOM_SID },
      aud: AUDIENCE,
      ...times,
      iss: ISSUER,
      role: 'authenticated',
      sub: 'one',
    },
    key: { ext: true, key_ops: ['verify'] },
  },
  {
    name: 'Cloudflare Access',
    settings: { ...audience, JWT_ROOM_CLAIM: 'custom.room_sid' },
    header: { kid: 'rsa', alg: 'RS256' },
    claims: {
      aud: [AUDIENCE],
      email: 'a@example.com',
      ...times,
      nbf: NOW_SECONDS,
      iss: ISSUER,
      type: 'app',
      sub: 'one',
      custom: { room_sid: ROOM_SID },
    },
    document: { public_cert: { kid: 'rsa', cert: '-----BEGIN CERTIFICATE-----' }, public_certs: [] },
  },
  {
    name: 'an issuer without kid',
    settings: audience,
    header: { alg: 'RS256' },
    claims: CLAIMS,
    key: { kid: undefined, use: undefined },
    contentType: 'application/jwk-set+json',
  },
  {
    name: 'an issuer with kid in tokens only',
    settings: audience,
    header: { alg: 'RS256', kid: 'rsa' },
    claims: CLAIMS,
    key: { kid: undefined },
    contentType: 'text/plain',
  },
  {
    name: 'an issuer with kid in tokens, two algorithms',
    settings: audience,
    header: { alg: 'RS256', kid: 'rsa' },
    claims: CLAIMS,
    key: { kid: undefined },
    others: [ENCRYPTION_KEY, { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'x'.repeat(43), kid: 'ec' }],
  },
  {
    name: 'an issuer with unknown members in its JWKS',
    settings: audience,
    header: { alg: 'RS256', kid: 'rsa' },
    claims: { ...CLAIMS, iat: undefined },
    others: [
      null,
      7,
      'rsa',
      [],
      {},
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'x', kid: 'rsa' },
      { kty: 'XYZ', kid: 'rsa' },
      { kid: 'rsa' },
    ],
    document: { next: null },
    contentType: 'application/octet-stream',
  },
  {
    name: 'an issuer with fractions of a second',
    settings: audience,
    header: { alg: 'RS256', kid: 'rsa' },
    claims: {
      ...CLAIMS,
      iat: NOW_SECONDS - 0.336421,
      nbf: NOW_SECONDS - 0.336421,
      exp: NOW_SECONDS + 60.663579,
    },
  },
  {
    name: 'an issuer with sub in place of aud',
    settings: { JWT_REQUIRED_CLAIMS: 'sub=alice' },
    header: { alg: 'RS256', kid: 'rsa' },
    claims: WITHOUT_AUDIENCE,
  },
];
