import { jwtVerify, type JWK } from 'jose';
import { toAuthFailure } from '../../../src/auth/jwt-claims.ts';
import { parseJwsHeader } from '../../../src/auth/token-strategy.ts';
import { createInProcessEdge } from '../../support/in-process-edge.ts';
import { PATH, PUBLIC_URL } from '../../support/recording.ts';
import file from './json-web-signature.json' with { type: 'json' };

/** Whether a signature is accepted. */
export type VectorResult = 'valid' | 'invalid';

/** One test of the file. */
interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: string;
}

/** The tests of one key. */
interface VectorGroup {
  readonly key: Readonly<Record<string, unknown>>;
  readonly tests: readonly Vector[];
}

/** The number of tests that the file states. */
export const VECTOR_COUNT: number = file.numberOfTests;

const GROUPS: readonly VectorGroup[] = file.testGroups;

export const VECTORS: readonly Vector[] = GROUPS.flatMap(({ tests }) => tests);

/** The algorithms of the vectors that an operator can configure. */
const ALGORITHMS = ['RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`));

const ISSUER = 'https://issuer.example.com/';

/** The payloads of the vectors are not claims. jose reports this error after a valid signature only. */
const INVALID_CLAIMS = 'ERR_JWT_INVALID';

/** Verifies each vector on this runtime. Returns the results by the number of the test. */
export async function verifyVectors(): Promise<Readonly<Record<string, VectorResult>>> {
  const results: Record<string, VectorResult> = {};
  for (const group of GROUPS) {
    const verify =
      group.key['kty'] === 'oct' ? createSecretVerifier(group.key) : createEdgeVerifier(group.key);
    for (const { tcId, jws } of group.tests) {
      results[tcId] = (await verify(jws)) === INVALID_CLAIMS ? 'valid' : 'invalid';
    }
  }
  return results;
}

/** Creates an edge whose issuer publishes one key. Returns a function that returns the logged reason of a token. */
function createEdgeVerifier(key: VectorGroup['key']): (jws: string) => Promise<unknown> {
  const { app, logEntries } = createInProcessEdge({
    variables: {
      ACCESS: 'jwt',
      JWT_JWKS_URL: `${ISSUER}jwks.json`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: PUBLIC_URL,
      JWT_ALGORITHMS: ALGORITHMS.join(','),
    },
    services: { fetch: async () => Response.json({ keys: [key] }) },
  });
  return async (jws) => {
    logEntries.length = 0;
    const headers = new Map([['authorization', `Bearer ${jws}`]]);
    const { status } = await app({ method: 'GET', url: PUBLIC_URL + PATH, headers });
    if (status === 200) throw new Error('A token without claims must not grant a recording.');
    return logEntries.find(({ reason }) => reason !== undefined)?.['reason'];
  };
}

/** Verifies with the same steps as the edge: a config cannot contain a secret of bytes, and Twilio's tokens have other headers. */
function createSecretVerifier({ k }: VectorGroup['key']): (jws: string) => Promise<unknown> {
  return async (jws) => {
    if (parseJwsHeader(jws) === undefined) return 'format';
    const jwk: JWK = { kty: 'oct', k: String(k) };
    try {
      return await jwtVerify(jws, jwk, { algorithms: ['HS256', 'HS384', 'HS512'] });
    } catch (error) {
      return toAuthFailure(error).reason;
    }
  };
}

type Deviation = readonly [tcId: number, deviation: readonly [result: VectorResult, reason: string]];

/** Vectors without a payload, which the edge rejects by their format before it verifies the signature. */
const EMPTY_PAYLOADS = [259, 264, 268, 272, 320, 325].map((tcId): Deviation => [
  tcId,
  ['invalid', 'The token does not have a payload.'],
]);

/** Vectors with another result than in the file, and the reason. */
const DEVIATIONS: ReadonlyMap<number, Deviation[1]> = new Map([
  ...EMPTY_PAYLOADS,
  [346, ['invalid', 'The key is for PS256, and the token is signed by PS384 (RFC 7517 §4.4).']],
  [350, ['invalid', 'The same key as 346.']],
  [347, ['invalid', 'The key is for "ES521", which does not exist; P-521 has ES512 (RFC 7518 §3.4).']],
  [351, ['invalid', 'The same key as 347.']],
  [367, ['valid', 'Described as padded, but equal to the valid token of 357.']],
  [370, ['valid', 'Described as padded, but equal to the valid token of 357.']],
  [372, ['invalid', 'The header contains "?", which base64url does not have (RFC 7515 §2).']],
  [373, ['invalid', 'The payload contains "?".']],
]);

/** The results of `verifyVectors()` on every runtime. */
export const EXPECTED_VECTOR_RESULTS: Readonly<Record<string, VectorResult>> = Object.fromEntries(
  VECTORS.map(({ tcId, result }) => [
    tcId,
    DEVIATIONS.get(tcId)?.[0] ?? (result === 'valid' ? 'valid' : 'invalid'),
  ]),
);
