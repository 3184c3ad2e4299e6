import { exportJWK, generateKeyPair, SignJWT, type JWK } from 'jose';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { createFakeClock, NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { outcome } from './asking.ts';

/** What an issuer does, and what comes of it. */
export interface IssuerCase {
  readonly name: string;
  readonly act: string;
  /** What it publishes in place of its key. */
  readonly publish?: (key: JWK) => readonly object[];
  /** What the edge says, and how often the issuer was asked. */
  readonly expected: readonly [outcome: string, calls: number];
  /** Whether it has to be given up: after five seconds, or because it goes on and on. */
  readonly isLeft?: 'late' | 'at once';
  /** Whether a runtime's own client may send it again, because a connection that was kept for it is gone. */
  readonly isRepeated?: boolean;
}

const CLOSED = '503 auth_unavailable';
const ISSUER = 'https://issuer.example.com/';
const KID = 'first';
const SYMMETRIC = { kty: 'oct', k: 'c2VjcmV0LXRoYXQtZXZlcnlvbmUtaGFz', kid: KID, alg: 'HS256' };

export const ISSUER_CASES: readonly IssuerCase[] = [
  { name: 'publishes its key', act: 'good', expected: ['200', 1] },
  ...[301, 302, 303, 307, 308].map((status): IssuerCase => ({
    name: `redirects by ${status} to where good keys are`,
    act: `redirect-${status}`,
    expected: [CLOSED, 1],
  })),
  { name: 'answers 500, with good keys', act: 'error', expected: [CLOSED, 1] },
  { name: 'answers with a page', act: 'page', expected: [CLOSED, 1] },
  { name: 'breaks off before its answer', act: 'reset', expected: [CLOSED, 1], isRepeated: true },
  { name: 'breaks off in its answer', act: 'short', expected: [CLOSED, 1] },
  { name: 'never answers', act: 'silent', expected: [CLOSED, 1], isLeft: 'late' },
  { name: 'stops in its answer', act: 'stalled', expected: [CLOSED, 1], isLeft: 'late' },
  { name: 'answers without end', act: 'endless', expected: [CLOSED, 1], isLeft: 'at once' },
  { name: 'answers with a gzip bomb', act: 'bomb', expected: [CLOSED, 1] },
  { name: 'is not there', act: 'refused', expected: [CLOSED, 0] },
  {
    name: 'publishes a secret',
    act: 'good',
    publish: () => [SYMMETRIC],
    expected: [CLOSED, 1],
  },
  {
    name: 'publishes a secret beside another key',
    act: 'good',
    publish: (key) => [SYMMETRIC, { ...key, kid: 'other' }],
    expected: ['401 token_invalid', 1],
  },
  {
    name: 'publishes the private half',
    act: 'good',
    publish: (key) => [{ ...key, d: 'AQAB' }],
    expected: [CLOSED, 1],
  },
];

/** Where the fake issuer is, and where nobody is. */
export interface IssuerAddresses {
  readonly issuer: string;
  readonly refused: string;
}

/** For connections that are never closed, milliseconds: a case that fails, and does not hang. */
const LONGEST_CLOSING_MS = 5_000;

/** A token of the issuer, and the key that it publishes. */
async function makeToken(): Promise<{ readonly token: string; readonly key: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const token = await new SignJWT({ room_sid: ROOM_SID })
    .setProtectedHeader({ alg: 'ES256', kid: KID })
    .setIssuer(ISSUER)
    .setAudience(PUBLIC_URL)
    .setExpirationTime(NOW / 1000 + 60)
    .sign(privateKey);
  return { token, key: { ...(await exportJWK(publicKey)), alg: 'ES256', kid: KID } };
}

/** Asks an edge of this runtime, with its own fetch, for a recording by a token of such an issuer. */
export async function askWithIssuer(
  { act, publish = (key) => [key], isLeft, isRepeated = false }: IssuerCase,
  { issuer, refused }: IssuerAddresses,
): Promise<IssuerCase['expected']> {
  const { token, key } = await makeToken();
  const clock = createFakeClock();
  const name = crypto.randomUUID();
  const keySet = encodeURIComponent(JSON.stringify({ keys: publish(key) }));
  const settings = parseConfig({
    ACCESS: 'jwt',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    JWT_JWKS_URL: `${act === 'refused' ? refused : issuer}/${act}/${name}?keys=${keySet}`,
    JWT_ISSUER: ISSUER,
    JWT_AUDIENCE: PUBLIC_URL,
  });
  const { app } = createEdge(
    settings,
    { read: () => Promise.resolve(RECORDING) },
    { now: clock.now, sleep: clock.sleep, logger: { wants: () => false, write() {} } },
  );
  const tell = async (what: 'arrived' | 'closed' | 'count') =>
    (await fetch(`${issuer}/${what}/${name}`, { signal: AbortSignal.timeout(LONGEST_CLOSING_MS) })).text();

  const headers = { authorization: `Bearer ${token}` };
  const asking = createFetchHandler(app)(new Request(PUBLIC_URL + PATH, { headers }));
  if (isLeft === 'late') {
    await tell('arrived');
    await clock.advance(5_000);
  }
  const said = await outcome(await asking);
  if (isLeft !== undefined) await tell('closed');
  const calls = Number(await tell('count'));
  return [said, isRepeated && calls === 2 ? 1 : calls];
}

/** The same for every case, by name. */
export async function tellIssuerCases(
  addresses: IssuerAddresses,
): Promise<Readonly<Record<string, unknown>>> {
  const told: Record<string, unknown> = {};
  for (const each of ISSUER_CASES) {
    told[each.name] = await askWithIssuer(each, addresses).catch((fault: unknown) => String(fault));
  }
  return told;
}

/** What every runtime has to tell. */
export const EXPECTED_OF_ISSUERS: Readonly<Record<string, unknown>> = Object.fromEntries(
  ISSUER_CASES.map(({ name, expected }) => [name, expected]),
);
