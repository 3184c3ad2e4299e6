import { signRecordingUrl } from '@room-recordings/core/signing';
import { exportJWK, generateKeyPair } from 'jose';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { HttpRequest, HttpResponse } from '../../src/http/types.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { inspect } from './recording-edge.ts';
import { signerOf, type Members, type Signer } from './signer.ts';

export const SECONDS: number = NOW / 1000;
export const API_KEY = 'SK5f3e9a';
export const ACCOUNT = 'AC5f3e9a';
export const ISSUER = 'https://issuer.example.com/';
export const KEY_ID = 'march';
export const OTHER_ROOM: string = `RM${'b'.repeat(32)}`;
const JWKS_URL = `${ISSUER}jwks.json`;
const API_SECRET = 'canary-of-the-api-key-7c1d2e3f4a';
const URL_SECRET = 'canary-of-the-signed-urls-8d2e3f4a5b';

/** The kinds of token that the gate takes. */
export type Kind = 'twilio-token' | 'jwt';

/** What a good token of each kind says. */
export const GOOD: Readonly<Record<Kind, { readonly header: Members; readonly claims: Members }>> = {
  'twilio-token': {
    header: { typ: 'JWT', alg: 'HS256', cty: 'twilio-fpa;v=1' },
    claims: {
      iss: API_KEY,
      sub: ACCOUNT,
      iat: SECONDS,
      exp: SECONDS + 3600,
      grants: { identity: 'alice', video: { room: ROOM_SID } },
    },
  },
  jwt: {
    header: { typ: 'JWT', alg: 'ES256', kid: KEY_ID },
    claims: { iss: ISSUER, aud: PUBLIC_URL, iat: SECONDS, exp: SECONDS + 3600, room_sid: ROOM_SID },
  },
};

/** An edge with every way of access, whose answers and log are looked through. */
export interface GuardedGate {
  /** Signs tokens with the key of each kind. */
  readonly signers: Readonly<Record<Kind, Signer>>;
  /** Asks, and throws for what must never be, and where anything of these credentials left. */
  ask(asked: HttpRequest, credentials: readonly string[]): Promise<HttpResponse>;
  /** A path and query that open the recording of `PATH`. */
  readonly signedPath: string;
}

/** Makes one. Its clock stands, so that what it once let in is remembered beside what comes after. */
export async function makeGuardedGate(): Promise<GuardedGate> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: KEY_ID }];
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(API_SECRET);
  const secretKey = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign']);
  const signed = new URL(
    await signRecordingUrl(PUBLIC_URL + PATH, {
      keys: [{ id: KEY_ID, secret: URL_SECRET }],
      expiresIn: 3600,
      now: NOW,
    }),
  );
  let reads = 0;
  let logged = '';
  const read = async () => {
    reads += 1;
    return RECORDING;
  };
  const fetch = async (url: string) => {
    if (url !== JWKS_URL) throw new Error(`It fetched ${url}.`);
    return Response.json({ keys });
  };
  const log = { wants: () => true, write: (line: object) => (logged += JSON.stringify(line)) };
  const { app } = createEdge(parseConfig(VARIABLES), { read }, { now: () => NOW, fetch, logger: log });
  return {
    signedPath: signed.pathname + signed.search,
    signers: {
      'twilio-token': signerOf(secretKey, hmac),
      jwt: signerOf(privateKey, { name: 'ECDSA', hash: 'SHA-256' }),
    },
    async ask(asked, credentials) {
      reads = 0;
      logged = '';
      const reply = await app(asked);
      inspect(reply, logged, [API_SECRET, URL_SECRET, ...credentials.flatMap(tellingParts)]);
      if (reply.status !== 200 && reads > 0) throw new Error(`It read, and answered ${reply.status}.`);
      return reply;
    },
  };
}

const VARIABLES = {
  ACCESS: 'twilio-token,jwt,signed-url',
  RECORDINGS_SOURCE: 'archive',
  PUBLIC_URL,
  TWILIO_API_KEY: API_KEY,
  TWILIO_API_SECRET: API_SECRET,
  TWILIO_ACCOUNT_SID: ACCOUNT,
  JWT_JWKS_URL: JWKS_URL,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: PUBLIC_URL,
  JWT_ALGORITHMS: 'ES256',
  URL_SIGNING_KEYS: `${KEY_ID}:${URL_SECRET}`,
};

/** A credential and its signature, as far as they are long enough to be found nowhere by chance. */
function tellingParts(credential: string): readonly string[] {
  const signature = credential.split(/[.=]/).at(-1) ?? '';
  return [credential, signature].filter((part) => part.length >= 20);
}
