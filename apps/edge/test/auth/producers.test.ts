import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { PRODUCERS } from './producers.ts';
import { EXPECTED_PRODUCER_RESULTS, runProducerCase, runProducerCases } from './runtime-cases.ts';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey } from './tokens.ts';

const keys = { RS256: await createIssuerKey('RS256', 'rsa'), ES256: await createIssuerKey('ES256', 'ec') };
const otherKey = await createIssuerKey('RS256', 'other');

describe('the tokens of well-known issuers', () => {
  it.each(PRODUCERS)(
    'on Node, a token in the form of $name is accepted with the key of the issuer only',
    async (producer) => {
      expect(await runProducerCase(producer)).toEqual(['200', '401 token_invalid']);
    },
  );

  it.each(RUNTIMES)(
    'on %s, tokens in the form of each issuer are accepted with its key only',
    { timeout: 60_000 },
    async (runtime) => {
      expect(
        await callOnRuntime(runtime, new URL('runtime-cases.ts', import.meta.url), runProducerCases, []),
      ).toEqual(EXPECTED_PRODUCER_RESULTS);
    },
  );
});

describe('a token with a kid that the JWKS does not have', () => {
  const other = otherKey.jwk;
  const keyWithoutKid = { ...keys.RS256.jwk, kid: undefined };

  function createEdgeWithKeys(...published: readonly unknown[]): TestEdge {
    return createTestEdge(undefined, JWT_ACCESS, { fetch: async () => Response.json({ keys: published }) });
  }

  it.each([
    { name: 'one key without kid', expected: '200', published: [keyWithoutKid] },
    {
      name: 'one key without kid and one EC key',
      expected: '200',
      published: [keyWithoutKid, keys.ES256.jwk],
    },
    {
      name: 'one key with another kid',
      expected: '401 token_invalid',
      published: [{ ...keys.RS256.jwk, kid: 'x' }],
    },
    {
      name: 'one key with an empty kid',
      expected: '401 token_invalid',
      published: [{ ...keys.RS256.jwk, kid: '' }],
    },
    {
      name: 'two keys without kid',
      expected: '401 token_invalid',
      published: [keyWithoutKid, { ...other, kid: undefined }],
    },
    {
      name: 'one key without kid and one key with kid',
      expected: '401 token_invalid',
      published: [keyWithoutKid, other],
    },
    {
      name: 'one key without kid for encryption',
      expected: '401 token_invalid',
      published: [{ ...keyWithoutKid, use: 'enc' }],
    },
    {
      name: 'one key without kid for RS512',
      expected: '401 token_invalid',
      published: [{ ...keyWithoutKid, alg: 'RS512' }],
    },
  ])('gets $expected if the JWKS has $name', async ({ expected, published }) => {
    expect(await tokenStatus(createEdgeWithKeys(...published), await signJwt(keys.RS256))).toBe(expected);
  });

  it('is rejected if another key signed it', async () => {
    const unpublishedKey = await createIssuerKey('RS256', 'rsa');
    expect(await tokenStatus(createEdgeWithKeys(keyWithoutKid), await signJwt(unpublishedKey, CLAIMS))).toBe(
      '401 token_invalid',
    );
  });
});
