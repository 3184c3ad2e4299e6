import { signRecordingUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import {
  CompactSign,
  exportJWK,
  generateKeyPair,
  SignJWT,
  type CompactJWSHeaderParameters,
  type CryptoKey,
} from 'jose';
import { createInProcessEdge } from '../support/in-process-edge.ts';
import { PATH, PUBLIC_URL, ROOM_SID } from '../support/recording.ts';
import { createHelperTokens, signTokenTexts } from './helper-tokens.ts';
import { ISSUER, PRODUCERS, type Producer } from './producers.ts';

/** Reads a response. Returns `200`, or the status and the error code of the problem document. */
export async function statusAndCode(response: Response): Promise<string> {
  if (response.status === 200) {
    await response.arrayBuffer();
    return '200';
  }
  const { error, status }: { error: string; status: number } = await response.json();
  return status === response.status ? `${status} ${error}` : 'a status that differs from the document';
}

const SECONDS = NOW / 1000;
const SECRET = 'a-secret-of-32-letters-and-digits';
const KEY = { id: 'march', secret: 'a secret of March of 32 bytes in all' };
const ALGORITHMS = ['RS256', 'PS512', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];

/** Video Access Tokens in the form of Twilio's helper libraries. */
const HELPER_TOKENS = createHelperTokens({ apiKey: 'SK1', account: 'AC1', room: ROOM_SID, seconds: SECONDS });

const VARIABLES = {
  ACCESS: 'twilio-token,jwt,signed-url',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: SECRET,
  TWILIO_ACCOUNT_SID: 'AC1',
  JWT_JWKS_URL: `${ISSUER}jwks.json`,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: PUBLIC_URL,
  JWT_ALGORITHMS: ALGORITHMS.join(','),
  URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}`,
};

// Twilio's package does not run on every runtime, so jose signs these tokens.
function createTwilioToken(alg: string, ttl = 60): Promise<string> {
  return new SignJWT({ grants: { video: { room: ROOM_SID } } })
    .setProtectedHeader({ typ: 'JWT', alg, cty: 'twilio-fpa;v=1' })
    .setIssuer('SK1')
    .setSubject('AC1')
    .setIssuedAt(SECONDS - 120)
    .setExpirationTime(SECONDS + ttl)
    .sign(new TextEncoder().encode(SECRET));
}

function createIssuerToken(alg: string, key: CryptoKey, kid = alg): Promise<string> {
  return new SignJWT({ room_sid: [ROOM_SID] })
    .setProtectedHeader({ alg, kid })
    .setIssuer(ISSUER)
    .setAudience(PUBLIC_URL)
    .setExpirationTime(SECONDS + 60)
    .sign(key);
}

/**
 * Sends credentials of each strategy to an edge of this runtime. Each is sent twice, because the second decision comes from a cache.
 *
 * @returns the results by name.
 */
export async function runAuthCases(): Promise<Readonly<Record<string, string>>> {
  const pairs = await Promise.all(
    ALGORITHMS.map(async (alg) => ({ alg, ...(await generateKeyPair(alg, { extractable: true })) })),
  );
  const keys = await Promise.all(
    pairs.map(async ({ alg, publicKey }) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })),
  );
  const { request } = createInProcessEdge({
    variables: VARIABLES,
    services: { fetch: async () => Response.json({ keys }) },
  });
  const signPath = async (expiresIn: number, now: number) =>
    (await signRecordingUrl(PUBLIC_URL + PATH, { keys: [KEY], expiresIn, now })).slice(PUBLIC_URL.length);
  const signed = await signPath(60, NOW);
  const valid = await createTwilioToken('HS256');
  const results: Record<string, string> = {};

  async function run(name: string, token?: string, path = PATH): Promise<void> {
    const init = token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
    const statuses: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const response = await request(path, init);
      const body: { error?: string } = await response.json();
      statuses.push(`${response.status} ${body.error ?? response.headers.get('cache-control') ?? ''}`);
    }
    results[name] = [...new Set(statuses)].join(', then ');
  }

  for (const alg of ['HS256', 'HS384', 'HS512'])
    await run(`twilio-token ${alg}`, await createTwilioToken(alg));
  for (const texts of HELPER_TOKENS) await run(texts.name, await signTokenTexts(texts, SECRET));
  await run('twilio-token expired', await createTwilioToken('HS256', -1));
  await run('twilio-token with another signature', `${valid.slice(0, -4)}AAAA`);
  await run('twilio-token with padding', `${valid}=`);
  for (const { alg, privateKey } of pairs) await run(`jwt ${alg}`, await createIssuerToken(alg, privateKey));
  for (const { alg, privateKey } of pairs.slice(0, 1)) {
    await run('jwt with an unknown kid', await createIssuerToken(alg, privateKey, 'unknown'));
  }
  await run('signed-url', undefined, signed);
  await run('signed-url with another parameter', undefined, `${signed}&cb=1`);
  await run('signed-url expired', undefined, await signPath(1, NOW - 1000));
  await run('no credential');
  return results;
}

const GRANTED = '200 private, max-age=300';

/** The results of `runAuthCases()` on every runtime. */
export const EXPECTED_AUTH_RESULTS: Readonly<Record<string, string>> = {
  'twilio-token HS256': GRANTED,
  'twilio-token HS384': GRANTED,
  'twilio-token HS512': GRANTED,
  ...Object.fromEntries(HELPER_TOKENS.map(({ name }) => [name, GRANTED])),
  'twilio-token expired': '401 token_expired',
  'twilio-token with another signature': '401 token_invalid',
  'twilio-token with padding': '401 token_invalid',
  ...Object.fromEntries(ALGORITHMS.map((alg) => [`jwt ${alg}`, GRANTED])),
  'jwt with an unknown kid': '401 token_invalid',
  'signed-url': GRANTED,
  'signed-url with another parameter': '403 signature_invalid',
  'signed-url expired': '403 url_expired',
  'no credential': '401 token_missing',
};

/** The `kid` of a key unless the producer has another one, or none. */
const KIDS: Readonly<Record<string, string>> = { RS256: 'rsa', ES256: 'ec' };

/** Sends two tokens in the form of a producer: one by its own key, and one by another key with the same `kid`. */
export async function runProducerCase({
  header,
  claims,
  settings,
  key = {},
  others = [],
  document = {},
  contentType = 'application/json',
}: Producer): Promise<readonly [own: string, other: string]> {
  const alg = String(header['alg']);
  const pair = await generateKeyPair(alg, { extractable: true });
  const otherPair = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), alg, kid: KIDS[alg], use: 'sig', ...key };
  const text = JSON.stringify({ ...document, keys: [...others, jwk] });
  const { request } = createInProcessEdge({
    variables: { ACCESS: 'jwt', JWT_JWKS_URL: `${ISSUER}jwks.json`, JWT_ISSUER: ISSUER, ...settings },
    services: {
      // Some servers send a byte order mark before the JSON text.
      fetch: async () => new Response(`\ufeff${text}`, { headers: { 'content-type': contentType } }),
    },
  });
  const send = async (privateKey: CryptoKey) => {
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      // The header of a producer has an `alg`.
      .setProtectedHeader(header as CompactJWSHeaderParameters)
      .sign(privateKey);
    return statusAndCode(await request(PATH, { headers: { authorization: `Bearer ${token}` } }));
  };
  return [await send(pair.privateKey), await send(otherPair.privateKey)];
}

/** Runs the case of each producer. Returns the results by name. */
export async function runProducerCases(): Promise<Readonly<Record<string, string>>> {
  const results: Record<string, string> = {};
  for (const producer of PRODUCERS) results[producer.name] = (await runProducerCase(producer)).join(' | ');
  return results;
}

/** The results of `runProducerCases()` on every runtime. */
export const EXPECTED_PRODUCER_RESULTS: Readonly<Record<string, string>> = Object.fromEntries(
  PRODUCERS.map(({ name }) => [name, '200 | 401 token_invalid']),
);
