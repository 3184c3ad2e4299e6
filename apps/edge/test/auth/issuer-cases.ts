import { createFakeClock, NOW } from '@room-recordings/testing/fake-clock';
import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { statusAndCode } from './runtime-cases.ts';

/** A behaviour of the issuer, and its result. */
export interface IssuerCase {
  readonly name: string;
  /** A behaviour of the server of issuer-server.ts, or `refused`. */
  readonly behaviour: string;
  /** The members of the JWKS. Default: the key of the issuer. */
  readonly publish?: (key: JWK) => readonly object[];
  /** The result of a token, and the number of requests that the issuer has received. */
  readonly expected: readonly [result: string, calls: number];
  /** When the edge must abort the request: after five seconds, or at once because the body does not end. */
  readonly aborts?: 'late' | 'at once';
  /** Whether the runtime's own client may send the request again, because a kept connection was closed. */
  readonly mayRepeat?: boolean;
}

const UNAVAILABLE = '503 auth_unavailable';
const ISSUER = 'https://issuer.example.com/';
const KID = 'first';
const SYMMETRIC = { kty: 'oct', k: 'c2VjcmV0LXRoYXQtZXZlcnlvbmUtaGFz', kid: KID, alg: 'HS256' };

export const ISSUER_CASES: readonly IssuerCase[] = [
  { name: 'publishes its key', behaviour: 'good', expected: ['200', 1] },
  ...[301, 302, 303, 307, 308].map((status): IssuerCase => ({
    name: `redirects by ${status} to its key`,
    behaviour: `redirect-${status}`,
    expected: [UNAVAILABLE, 1],
  })),
  { name: 'responds with 500 and its key', behaviour: 'error', expected: [UNAVAILABLE, 1] },
  { name: 'responds with a web page', behaviour: 'page', expected: [UNAVAILABLE, 1] },
  { name: 'resets the connection', behaviour: 'reset', expected: [UNAVAILABLE, 1], mayRepeat: true },
  { name: 'resets the connection in the body', behaviour: 'short', expected: [UNAVAILABLE, 1] },
  { name: 'does not respond', behaviour: 'silent', expected: [UNAVAILABLE, 1], aborts: 'late' },
  { name: 'stalls in the body', behaviour: 'stalled', expected: [UNAVAILABLE, 1], aborts: 'late' },
  { name: 'sends a body without end', behaviour: 'endless', expected: [UNAVAILABLE, 1], aborts: 'at once' },
  { name: 'sends a gzip bomb', behaviour: 'bomb', expected: [UNAVAILABLE, 1] },
  { name: 'refuses the connection', behaviour: 'refused', expected: [UNAVAILABLE, 0] },
  {
    name: 'publishes a symmetric key',
    behaviour: 'good',
    publish: () => [SYMMETRIC],
    expected: [UNAVAILABLE, 1],
  },
  {
    name: 'publishes a symmetric and another key',
    behaviour: 'good',
    publish: (key) => [SYMMETRIC, { ...key, kid: 'other' }],
    expected: ['401 token_invalid', 1],
  },
  {
    name: 'publishes its private key',
    behaviour: 'good',
    publish: (key) => [{ ...key, d: 'AQAB' }],
    expected: [UNAVAILABLE, 1],
  },
];

/** The addresses of the issuer's server. */
export interface IssuerAddresses {
  readonly issuer: string;
  /** An address that refuses connections. */
  readonly refused: string;
}

/** Milliseconds. Makes a case fail whose connection is never closed. */
const MAX_CLOSE_MS = 5_000;

/** Creates a key, and a token that it signs. */
async function createToken(): Promise<{ readonly token: string; readonly key: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const token = await new SignJWT({ room_sid: ROOM_SID })
    .setProtectedHeader({ alg: 'ES256', kid: KID })
    .setIssuer(ISSUER)
    .setAudience(PUBLIC_URL)
    .setExpirationTime(NOW / 1000 + 60)
    .sign(privateKey);
  return { token, key: { ...(await exportJWK(publicKey)), alg: 'ES256', kid: KID } };
}

/** Sends a token to an edge that fetches the JWKS by the `fetch` of this runtime. */
export async function runIssuerCase(
  { behaviour, publish = (key) => [key], aborts, mayRepeat = false }: IssuerCase,
  { issuer, refused }: IssuerAddresses,
): Promise<IssuerCase['expected']> {
  const { token, key } = await createToken();
  const clock = createFakeClock();
  const name = crypto.randomUUID();
  const keySet = encodeURIComponent(JSON.stringify({ keys: publish(key) }));
  const { request } = createInProcessEdge({
    variables: {
      ACCESS: 'jwt',
      JWT_JWKS_URL: `${behaviour === 'refused' ? refused : issuer}/${behaviour}/${name}?keys=${keySet}`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: PUBLIC_URL,
    },
    services: { now: clock.now, sleep: clock.sleep },
  });
  const query = async (what: 'arrived' | 'closed' | 'count') =>
    (await fetch(`${issuer}/${what}/${name}`, { signal: AbortSignal.timeout(MAX_CLOSE_MS) })).text();

  const pending = request(PATH, { headers: { authorization: `Bearer ${token}` } });
  if (aborts === 'late') {
    await query('arrived');
    await clock.advance(5_000);
  }
  const result = await statusAndCode(await pending);
  if (aborts !== undefined) await query('closed');
  const calls = Number(await query('count'));
  return [result, mayRepeat && calls === 2 ? 1 : calls];
}

/** Runs each case. Returns the results by name. */
export async function runIssuerCases(addresses: IssuerAddresses): Promise<Readonly<Record<string, unknown>>> {
  const results: Record<string, unknown> = {};
  for (const each of ISSUER_CASES) {
    results[each.name] = await runIssuerCase(each, addresses).catch((error: unknown) => String(error));
  }
  return results;
}

/** The results of `runIssuerCases()` on every runtime. */
export const EXPECTED_ISSUER_RESULTS: Readonly<Record<string, unknown>> = Object.fromEntries(
  ISSUER_CASES.map(({ name, expected }) => [name, expected]),
);

/** A JWKS of which the server sends 20 characters only. */
const PARTIAL_JWKS = JSON.stringify({ keys: [{ kty: 'RSA', n: 'x'.repeat(100) }] });

/**
 * Reads a body by the `fetch` of this runtime, and aborts it before its end.
 *
 * @param issuer the address of the server of issuer-server.ts.
 * @returns `rejected`, or the length of the text that the body resolved with.
 */
export async function readAbortedBody(issuer: string): Promise<string> {
  const controller = new AbortController();
  const never = () => new Promise<void>(() => undefined);
  const url = `${issuer}/stalled/${crypto.randomUUID()}?keys=${encodeURIComponent(PARTIAL_JWKS)}`;
  const limitedFetch = withTransferLimits((input, init) => fetch(input, init), never);
  const response = await limitedFetch(url, { signal: controller.signal });
  const body = response.text();
  controller.abort();
  return body.then(
    (text) => `resolved with ${text.length} characters`,
    () => 'rejected',
  );
}
