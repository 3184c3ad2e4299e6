import { jwtVerify, type JWK } from 'jose';
import file from './json-web-signature.json' with { type: 'json' };
import { toAuthFailure } from '../../../src/auth/jwt-claims.ts';
import { parseJwsHeader } from '../../../src/auth/token-strategy.ts';
import { parseConfig } from '../../../src/config/config.ts';
import { createEdge } from '../../../src/create-edge.ts';
import type { LoggedEntry } from '../../support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { PATH, PUBLIC_URL, RECORDING } from '../../support/recording.ts';

/** What is found of a signature. */
export type Found = 'good' | 'bad';

/** One test of the file. */
interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly result: string;
}

/** The tests of one key. */
interface Group {
  readonly key: Readonly<Record<string, unknown>>;
  readonly tests: readonly Vector[];
}

/** How many tests the file says that it has. */
export const COUNT: number = file.numberOfTests;

const GROUPS: readonly Group[] = file.testGroups;

export const VECTORS: readonly Vector[] = GROUPS.flatMap(({ tests }) => tests);

/** Every algorithm of an issuer that an operator may name. */
const ALGORITHMS = ['RS', 'PS', 'ES'].flatMap((family) => [256, 384, 512].map((bits) => `${family}${bits}`));

const ISSUER = 'https://issuer.example.com/';

/** What is signed here is no set of claims: it is told once the signature is good, and not before. */
const ONLY_THE_CLAIMS = 'ERR_JWT_INVALID';

/** What this edge finds of each signature in the runtime that this runs in, by the number of the test. */
export async function judgeVectors(): Promise<Readonly<Record<string, Found>>> {
  const found: Record<string, Found> = {};
  for (const group of GROUPS) {
    const reasonOf = group.key['kty'] === 'oct' ? readByMac(group.key) : askEdge(group.key);
    for (const { tcId, jws } of group.tests) {
      found[tcId] = (await reasonOf(jws)) === ONLY_THE_CLAIMS ? 'good' : 'bad';
    }
  }
  return found;
}

/** Asks an edge whose issuer publishes one key; why it refuses is what its log says. */
function askEdge(key: Group['key']): (jws: string) => Promise<unknown> {
  const lines: LoggedEntry[] = [];
  const { app } = createEdge(
    parseConfig({
      ACCESS: 'jwt',
      RECORDINGS_SOURCE: 'archive',
      PUBLIC_URL,
      JWT_JWKS_URL: `${ISSUER}jwks.json`,
      JWT_ISSUER: ISSUER,
      JWT_AUDIENCE: PUBLIC_URL,
      JWT_ALGORITHMS: ALGORITHMS.join(','),
    }),
    { read: () => Promise.resolve(RECORDING) },
    {
      now: () => NOW,
      fetch: async () => Response.json({ keys: [key] }),
      logger: { wants: () => true, write: (line) => void lines.push(line) },
    },
  );
  return async (jws) => {
    lines.length = 0;
    const headers = new Map([['authorization', `Bearer ${jws}`]]);
    const { status } = await app({ method: 'GET', url: PUBLIC_URL + PATH, headers });
    if (status === 200) throw new Error('A token without claims has opened something.');
    return lines.find(({ reason }) => reason !== undefined)?.['reason'];
  };
}

/** A secret of bytes cannot be configured, and Twilio's tokens say what they are: here the edge's own steps are put together. */
function readByMac({ k }: Group['key']): (jws: string) => Promise<unknown> {
  return async (jws) => {
    if (parseJwsHeader(jws) === undefined) return 'form';
    const jwk: JWK = { kty: 'oct', k: String(k) };
    try {
      return await jwtVerify(jws, jwk, { algorithms: ['HS256', 'HS384', 'HS512'] });
    } catch (fault) {
      return toAuthFailure(fault).reason;
    }
  };
}
