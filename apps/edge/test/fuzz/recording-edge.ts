import { signRecordingUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import {
  base64url,
  CompactSign,
  exportJWK,
  generateKeyPair,
  type CompactJWSHeaderParameters,
  type CryptoKey,
} from 'jose';
import { parseConfig, VERSION } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import type { HttpResponse, HttpRequest } from '../../src/http/types.ts';
import { createTwilioSource } from '../../src/twilio/twilio-source.ts';
import { listNothing, PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';

export const SECONDS: number = NOW / 1000;
export const API_KEY = 'SK5f3e9a';
export const ACCOUNT = 'AC5f3e9a';
export const ISSUER = 'https://issuer.example.com/';
export const KEY_ID = 'march';
export const OTHER_ROOM: string = `RM${'b'.repeat(32)}`;
/** A secret that no response and no log entry may contain. */
export const API_SECRET = 'canary-of-the-api-key-7c1d2e3f4a';
const URL_SECRET = 'canary-of-the-signed-urls-8d2e3f4a5b';

const TWILIO = { TWILIO_API_KEY: API_KEY, TWILIO_API_SECRET: API_SECRET };
const TWILIO_CREDENTIALS = btoa(`${API_KEY}:${API_SECRET}`);
const TWILIO_ORIGIN = 'https://video.twilio.com';
const TWILIO_PATH = /^\/v1\/Rooms\/RM[0-9a-f]{32}\/Recordings\/RT[0-9a-f]{32}$/;
/** The only headers of a call to Twilio, whatever the request contains. */
const TWILIO_HEADERS = [
  ['accept', 'application/json'],
  ['authorization', `Basic ${TWILIO_CREDENTIALS}`],
  ['user-agent', `room-recordings/${VERSION}`],
];
const TWILIO_CALL = JSON.stringify(['GET', 'manual', TWILIO_HEADERS, undefined]);

/** An edge without authorization that inspects its responses, its log and its calls to Twilio. */
export interface RecordingEdge {
  /** Handles a request; throws if a response, a log entry or a call is invalid. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  /** The URLs that the last request has called. */
  readonly calls: readonly string[];
}

/** Responds as Twilio does, with the requested recording and some changes. */
export function respondWithRecording(url: string, changes: object = {}): Response {
  const [, , , room_sid, , sid] = new URL(url).pathname.split('/');
  return Response.json({ ...RECORDING, sid, room_sid, ...changes });
}

/** Creates an edge. An hour passes between two requests, so that no limit and no cooldown affects the next one. */
export function createRecordingEdge(
  respond: (url: string) => Response = respondWithRecording,
): RecordingEdge {
  let now = NOW;
  let calls: string[] = [];
  let log = '';
  const config = parseConfig({
    ...TWILIO,
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'twilio',
    PUBLIC_URL,
    ALLOWED_ORIGINS: 'https://app.example.com',
  });
  if (config.source?.name !== 'twilio') throw new Error('The source is not twilio.');
  const fetchTwilio = async (url: string, { headers, redirect, method = 'GET', body }: RequestInit = {}) => {
    const call = JSON.stringify([method, redirect, [...new Headers(headers)], body]);
    if (call !== TWILIO_CALL) throw new Error(`The edge sent ${call}.`);
    calls.push(url);
    return respond(url);
  };
  // No call takes time here, so no timeout ends one.
  const sleep = (_ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const services = { now: () => now, sleep };
  const source = createTwilioSource(config.source, fetchTwilio, {
    ...services,
    // This value prevents retries, whose delay would never end.
    random: () => Number.POSITIVE_INFINITY,
    staleOnUpstreamAuth: false,
  });
  const { app } = createEdge(config, source, {
    ...services,
    logger: { wants: () => true, write: (entry) => (log += JSON.stringify(entry)) },
  });
  return {
    get calls() {
      return calls;
    },
    async handle(request) {
      now += 3_600_000;
      calls = [];
      log = '';
      const response = await app(request);
      inspect(response, log, [API_SECRET, TWILIO_CREDENTIALS]);
      for (const url of calls) {
        const path = url.slice(TWILIO_ORIGIN.length);
        if (!url.startsWith(TWILIO_ORIGIN) || !TWILIO_PATH.test(path)) {
          throw new Error(`The edge called ${url}.`);
        }
      }
      return response;
    },
  };
}

/** Throws if a response is 500, cannot be sent, or is not a problem, or if it or the log contains a secret. */
function inspect(
  { status, headers, body, code }: HttpResponse,
  log: string,
  secrets: readonly string[],
): void {
  const text = body === null ? '' : new TextDecoder().decode(body);
  if (status === 500 || code === 'internal') throw new Error(`The response is 500: ${log}`);
  // This throws for a status, a header name or a header value that HTTP does not allow.
  const response = new Response(null, { status, headers });
  const output = [text, log, ...[...response.headers].flat()].join('\n');
  for (const secret of secrets) if (output.includes(secret)) throw new Error('The output has a secret.');
  if (status < 400 || body === null) return;
  // A problem document is an object, or the next line throws.
  const problem = JSON.parse(text) as Readonly<Record<string, unknown>>;
  if (problem['status'] !== status || problem['error'] !== code) throw new Error(`Not a problem: ${text}`);
}

export type TokenKind = 'twilio-token' | 'jwt';
/** The members of a token's header, or of its claims. */
export type Members = Readonly<Record<string, unknown>>;

/** The header and the claims of a valid token of each kind. */
export const VALID_TOKENS: Readonly<
  Record<TokenKind, { readonly header: Members; readonly claims: Members }>
> = {
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

/** Signs tokens with one key. */
interface Signer {
  /** Signs with jose; rejects for a header that jose does not sign. */
  sign(header: Members, claims: Members): Promise<string>;
  /** Signs any header: with jose, or with Web Crypto if jose rejects. */
  signAnyHeader(header: Members, claims: Members): Promise<string>;
}

/** An edge with every strategy of authorization, which inspects its responses and its log. */
export interface AuthorizingEdge {
  readonly signers: Readonly<Record<TokenKind, Signer>>;
  /** A signed path and query for the recording of `PATH`. */
  readonly signedPath: string;
  /** Handles a request; throws if a response or the log contains the credentials, or if a denied request reads the recording. */
  handle(request: HttpRequest, credentials: readonly string[]): Promise<HttpResponse>;
}

/** Creates an edge with a clock that does not advance, so that cached authorizations stay beside new ones. */
export async function createAuthorizingEdge(): Promise<AuthorizingEdge> {
  const jwksUrl = `${ISSUER}jwks.json`;
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: KEY_ID }];
  const hmac = { name: 'HMAC', hash: 'SHA-256' };
  const bytes = new TextEncoder().encode(API_SECRET);
  const secretKey = await crypto.subtle.importKey('raw', bytes, hmac, false, ['sign']);
  const signing = { keys: [{ id: KEY_ID, secret: URL_SECRET }], expiresIn: 3600, now: NOW };
  const signed = new URL(await signRecordingUrl(PUBLIC_URL + PATH, signing));
  const config = parseConfig({
    ...TWILIO,
    ACCESS: 'twilio-token,jwt,signed-url',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    TWILIO_ACCOUNT_SID: ACCOUNT,
    JWT_JWKS_URL: jwksUrl,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: PUBLIC_URL,
    JWT_ALGORITHMS: 'ES256',
    URL_SIGNING_KEYS: `${KEY_ID}:${URL_SECRET}`,
  });
  let reads = 0;
  let log = '';
  const read = async () => {
    reads += 1;
    return RECORDING;
  };
  const { app } = createEdge(
    config,
    { read, list: listNothing },
    {
      now: () => NOW,
      fetch: async (url) => {
        if (url !== jwksUrl) throw new Error(`The edge fetched ${url}.`);
        return Response.json({ keys });
      },
      logger: { wants: () => true, write: (entry) => (log += JSON.stringify(entry)) },
    },
  );
  return {
    signedPath: signed.pathname + signed.search,
    signers: {
      'twilio-token': createSigner(secretKey, hmac),
      jwt: createSigner(privateKey, { name: 'ECDSA', hash: 'SHA-256' }),
    },
    async handle(request, credentials) {
      reads = 0;
      log = '';
      const response = await app(request);
      inspect(response, log, [API_SECRET, URL_SECRET, ...credentials.flatMap(listSecretParts)]);
      if (response.status !== 200 && reads > 0) throw new Error(`The edge read, with ${response.status}.`);
      return response;
    },
  };
}

function createSigner(key: CryptoKey, algorithm: { readonly name: string; readonly hash: string }): Signer {
  const encode = (text: string) => new TextEncoder().encode(text);
  const sign = (header: Members, claims: Members) =>
    new CompactSign(encode(JSON.stringify(claims)))
      // The generated headers have values that this type does not allow.
      .setProtectedHeader(header as CompactJWSHeaderParameters)
      .sign(key);
  const signWithWebCrypto = async (header: Members, claims: Members) => {
    const input = [header, claims].map((part) => base64url.encode(JSON.stringify(part))).join('.');
    const signature = await crypto.subtle.sign(algorithm, key, encode(input));
    return `${input}.${base64url.encode(new Uint8Array(signature))}`;
  };
  return {
    sign,
    signAnyHeader: (header, claims) => sign(header, claims).catch(() => signWithWebCrypto(header, claims)),
  };
}

/** Returns a credential and its signature, unless they are so short that they occur by chance. */
function listSecretParts(credential: string): readonly string[] {
  const signature = credential.split(/[.=]/).at(-1) ?? '';
  return [credential, signature].filter((part) => part.length >= 20);
}
