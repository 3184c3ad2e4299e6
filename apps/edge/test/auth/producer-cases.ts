import { CompactSign, exportJWK, generateKeyPair, type CompactJWSHeaderParameters } from 'jose';
import { createFetchHandler } from '../../src/adapters/fetch-adapter.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge } from '../../src/create-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { outcome } from './asking.ts';
import { ISSUER, PRODUCERS, type Producer } from './producers.ts';

/** The kid that a key has unless the producer's has another, or none. */
const KIDS: Readonly<Record<string, string>> = { RS256: 'rsa', ES256: 'ec' };

/** Reads by a token in the shape of a producer in this runtime: by its own key, and by another one under the same name. */
export async function judgeProducer({
  header,
  claims,
  settings,
  key = {},
  others = [],
  document = {},
  contentType = 'application/json',
}: Producer): Promise<readonly [own: string, stranger: string]> {
  const alg = String(header['alg']);
  const pair = await generateKeyPair(alg, { extractable: true });
  const stranger = await generateKeyPair(alg, { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), alg, kid: KIDS[alg], use: 'sig', ...key };
  const text = JSON.stringify({ ...document, keys: [...others, jwk] });
  const variables = {
    ACCESS: 'jwt',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    JWT_JWKS_URL: `${ISSUER}jwks.json`,
    JWT_ISSUER: ISSUER,
    ...settings,
  };
  const { app } = createEdge(
    parseConfig(variables),
    { read: () => Promise.resolve(RECORDING) },
    {
      now: () => NOW,
      // Some servers put a byte order mark before their JSON text.
      fetch: async () => new Response(`\ufeff${text}`, { headers: { 'content-type': contentType } }),
      logger: { wants: () => false, write() {} },
    },
  );
  const answer = createFetchHandler(app);
  const ask = async (privateKey: typeof pair.privateKey) => {
    const token = await new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
      // A producer's header has an `alg`.
      .setProtectedHeader(header as CompactJWSHeaderParameters)
      .sign(privateKey);
    return outcome(
      await answer(new Request(PUBLIC_URL + PATH, { headers: { authorization: `Bearer ${token}` } })),
    );
  };
  return [await ask(pair.privateKey), await ask(stranger.privateKey)];
}

/** Reads by tokens in the shape of each producer, by name. */
export async function tellProducers(): Promise<Readonly<Record<string, string>>> {
  const told: Record<string, string> = {};
  for (const producer of PRODUCERS) told[producer.name] = (await judgeProducer(producer)).join(' | ');
  return told;
}

/** The outcomes on every runtime. */
export const EXPECTED_OF_PRODUCERS: Readonly<Record<string, string>> = Object.fromEntries(
  PRODUCERS.map(({ name }) => [name, '200 | 401 token_invalid']),
);
