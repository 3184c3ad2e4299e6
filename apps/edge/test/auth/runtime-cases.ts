import { signRecordingUrl } from '@room-recordings/core/signing';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING, ROOM_SID } from '../support/recording.ts';
import { helperTokens, signTexts } from './helper-tokens.ts';

const SECONDS = NOW / 1000;
const SECRET = 'a-secret-of-32-letters-and-digits';
const KEY = { id: 'march', secret: 'a secret of March of 32 bytes in all' };
const ISSUER = 'https://issuer.example.com/';
const ALGORITHMS = ['RS256', 'PS512', 'ES256', 'ES384', 'EdDSA', 'Ed25519'];

/** Video Access Tokens as Twilio's helper libraries write them. */
const HELPER_TOKENS = helperTokens({ apiKey: 'SK1', account: 'AC1', room: ROOM_SID, seconds: SECONDS });

const VARIABLES = {
  ACCESS: 'twilio-token,jwt,signed-url',
  RECORDINGS_SOURCE: 'archive',
  PUBLIC_URL,
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: SECRET,
  TWILIO_ACCOUNT_SID: 'AC1',
  JWT_JWKS_URL: `${ISSUER}jwks.json`,
  JWT_ISSUER: ISSUER,
  JWT_AUDIENCE: PUBLIC_URL,
  JWT_ALGORITHMS: ALGORITHMS.join(','),
  URL_SIGNING_KEYS: `${KEY.id}:${KEY.secret}`,
};

function twilioToken(alg: string, ttl = 60): Promise<string> {
  return new SignJWT({ grants: { video: { room: ROOM_SID } } })
    .setProtectedHeader({ typ: 'JWT', alg, cty: 'twilio-fpa;v=1' })
    .setIssuer('SK1')
    .setSubject('AC1')
    .setIssuedAt(SECONDS - 120)
    .setExpirationTime(SECONDS + ttl)
    .sign(new TextEncoder().encode(SECRET));
}

function issuerToken(alg: string, key: CryptoKey, kid = alg): Promise<string> {
  return new SignJWT({ room_sid: [ROOM_SID] })
    .setProtectedHeader({ alg, kid })
    .setIssuer(ISSUER)
    .setAudience(PUBLIC_URL)
    .setExpirationTime(SECONDS + 60)
    .sign(key);
}

/**
 * What an edge with every way of access says in the runtime that this runs in, case by case. Each is asked for twice, because
 * the second answer comes from what is remembered.
 */
export async function tellOutcomes(): Promise<Readonly<Record<string, string>>> {
  const pairs = await Promise.all(
    ALGORITHMS.map(async (alg) => ({ alg, ...(await generateKeyPair(alg, { extractable: true })) })),
  );
  const keys = await Promise.all(
    pairs.map(async ({ alg, publicKey }) => ({ ...(await exportJWK(publicKey)), alg, kid: alg })),
  );
  const { app } = createEdge(
    parseConfig(VARIABLES),
    { read: () => Promise.resolve(RECORDING) },
    {
      now: () => NOW,
      fetch: async () => Response.json({ keys }),
      logger: { wants: () => false, write() {} },
    },
  );
  const answer = createFetchHandler(app);
  const signed = await signRecordingUrl(PUBLIC_URL + PATH, { keys: [KEY], expiresIn: 60, now: NOW });
  const expired = await signRecordingUrl(PUBLIC_URL + PATH, { keys: [KEY], expiresIn: 1, now: NOW - 1000 });
  const good = await twilioToken('HS256');
  const outcomes: Record<string, string> = {};

  async function tell(name: string, token?: string, url = PUBLIC_URL + PATH): Promise<void> {
    const headers = token === undefined ? undefined : { authorization: `Bearer ${token}` };
    const said: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const response = await answer(new Request(url, headers && { headers }));
      const body: { error?: string } = await response.json();
      said.push(`${response.status} ${body.error ?? response.headers.get('cache-control') ?? ''}`);
    }
    outcomes[name] = [...new Set(said)].join(', then ');
  }

  for (const alg of ['HS256', 'HS384', 'HS512']) await tell(`twilio-token ${alg}`, await twilioToken(alg));
  for (const texts of HELPER_TOKENS) await tell(texts.name, await signTexts(texts, SECRET));
  await tell('twilio-token expired', await twilioToken('HS256', -1));
  await tell('twilio-token with another signature', `${good.slice(0, -4)}AAAA`);
  await tell('twilio-token with padding', `${good}=`);
  for (const { alg, privateKey } of pairs) await tell(`jwt ${alg}`, await issuerToken(alg, privateKey));
  for (const { alg, privateKey } of pairs.slice(0, 1)) {
    await tell('jwt by an unknown key', await issuerToken(alg, privateKey, 'unknown'));
  }
  await tell('signed-url', undefined, signed);
  await tell('signed-url with another parameter', undefined, `${signed}&cb=1`);
  await tell('signed-url expired', undefined, expired);
  await tell('nothing');
  return outcomes;
}

const OPEN = '200 private, max-age=300';

/** What every runtime has to say. */
export const EXPECTED: Readonly<Record<string, string>> = {
  'twilio-token HS256': OPEN,
  'twilio-token HS384': OPEN,
  'twilio-token HS512': OPEN,
  ...Object.fromEntries(HELPER_TOKENS.map(({ name }) => [name, OPEN])),
  'twilio-token expired': '401 token_expired',
  'twilio-token with another signature': '401 token_invalid',
  'twilio-token with padding': '401 token_invalid',
  ...Object.fromEntries(ALGORITHMS.map((alg) => [`jwt ${alg}`, OPEN])),
  'jwt by an unknown key': '401 token_invalid',
  'signed-url': OPEN,
  'signed-url with another parameter': '403 signature_invalid',
  'signed-url expired': '403 url_expired',
  nothing: '401 token_missing',
};
