import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { signJwt, JWT_ACCESS, createIssuerKey } from './tokens.ts';

const key = await createIssuerKey('RS256', 'first');
const nextKey = await createIssuerKey('RS256', 'next');
const token = await signJwt(key);

/** Creates an edge whose issuer publishes these keys. */
const createEdgeWithKeys = (...keys: readonly unknown[]): TestEdge =>
  createTestEdge(undefined, JWT_ACCESS, { fetch: async () => Response.json({ keys }) });

describe('a JWKS with keys that must not verify tokens', () => {
  it('symmetric, private and short keys verify no token, and other keys beside them do', async () => {
    const secret = 'c2VjcmV0LXRoYXQtZXZlcnlvbmUtaGFz';
    const short = await shortRsa();
    for (const bad of [
      { kty: 'oct', k: secret, kid: key.kid, alg: 'HS256' },
      { ...key.jwk, kty: 'oct', k: secret },
      { ...key.jwk, d: 'AQAB' },
      { ...key.jwk, kty: 'RSA', n: 7 },
      { ...key.jwk, kty: 'rsa' },
      short,
      // Leading zeros do not make a key longer.
      { ...short, n: `${'A'.repeat(200)}${short.n}` },
    ]) {
      expect(await tokenStatus(createEdgeWithKeys(bad), token)).toBe('503 auth_unavailable');
      const edgeWithBoth = createEdgeWithKeys(bad, nextKey.jwk);
      expect(await tokenStatus(edgeWithBoth, token)).toBe('401 token_invalid');
      expect(await tokenStatus(edgeWithBoth, await signJwt(nextKey))).toBe('200');
    }
  });

  it('a token without kid is verified if the JWKS has one key of its algorithm, and rejected if it has several', async () => {
    const tokenWithoutKid = await signJwt(key, undefined, { kid: undefined });
    expect(await tokenStatus(createEdgeWithKeys(key.jwk), tokenWithoutKid)).toBe('200');
    expect(await tokenStatus(createEdgeWithKeys(key.jwk, nextKey.jwk), tokenWithoutKid)).toBe(
      '401 token_invalid',
    );
  });

  it('keys for encryption, with other types or invalid parameters verify no token', async () => {
    for (const bad of [
      { ...key.jwk, use: 'enc' },
      { ...key.jwk, key_ops: ['encrypt'] },
      { ...key.jwk, alg: 'RSA-OAEP' },
      { ...key.jwk, e: 'AQ' },
      { ...key.jwk, kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' },
    ]) {
      expect(await tokenStatus(createEdgeWithKeys(bad), token)).toBe('401 token_invalid');
    }
  });
});

/** Creates an RSA key of 1,024 bits with the kid of the first key. Returns its public half. */
async function shortRsa(): Promise<{ readonly n: string; readonly kid: string }> {
  const { publicKey } = await crypto.subtle.generateKey(
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 1024,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
    true,
    ['sign', 'verify'],
  );
  const { n = '', ...members } = await crypto.subtle.exportKey('jwk', publicKey);
  return { ...members, n, kid: key.kid };
}
