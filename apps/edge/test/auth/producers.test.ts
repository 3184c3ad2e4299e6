import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { judge } from './asking.ts';
import { EXPECTED_OF_PRODUCERS, judgeProducer, tellProducers } from './producer-cases.ts';
import { PRODUCERS } from './producers.ts';
import { CLAIMS, jwt, JWT_ACCESS, makeKey } from './tokens.ts';

const keys = { RS256: await makeKey('RS256', 'rsa'), ES256: await makeKey('ES256', 'ec') };
const otherKey = await makeKey('RS256', 'other');

describe('the tokens of well-known issuers', () => {
  it.each(PRODUCERS)(
    'on Node, a token in the form of $name is accepted with the key of the issuer only',
    async (producer) => {
      expect(await judgeProducer(producer)).toEqual(['200', '401 token_invalid']);
    },
  );

  it.each(RUNTIMES)(
    'on %s, tokens in the form of each issuer are accepted with its key only',
    { timeout: 60_000 },
    async (runtime) => {
      expect(
        await callOnRuntime(runtime, new URL('producer-cases.ts', import.meta.url), tellProducers, []),
      ).toEqual(EXPECTED_OF_PRODUCERS);
    },
  );
});

describe('a token with a kid that the JWKS does not have', () => {
  const other = otherKey.jwk;
  const nameless = { ...keys.RS256.jwk, kid: undefined };

  function edgeOf(...published: readonly unknown[]): TestEdge {
    return createTestEdge(undefined, JWT_ACCESS, { fetch: async () => Response.json({ keys: published }) });
  }

  it.each([
    { name: 'one key without kid', expected: '200', published: [nameless] },
    {
      name: 'one key without kid beside one of another kind',
      expected: '200',
      published: [nameless, keys.ES256.jwk],
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
      published: [nameless, { ...other, kid: undefined }],
    },
    {
      name: 'one key without kid beside one with',
      expected: '401 token_invalid',
      published: [nameless, other],
    },
    {
      name: 'one key without kid for encryption',
      expected: '401 token_invalid',
      published: [{ ...nameless, use: 'enc' }],
    },
    {
      name: 'one key without kid for another algorithm',
      expected: '401 token_invalid',
      published: [{ ...nameless, alg: 'RS512' }],
    },
  ])('gets $expected if the JWKS has $name', async ({ expected, published }) => {
    expect(await judge(edgeOf(...published), await jwt(keys.RS256))).toBe(expected);
  });

  it('is rejected if another key signed it', async () => {
    const stranger = await makeKey('RS256', 'rsa');
    expect(await judge(edgeOf(nameless), await jwt(stranger, CLAIMS))).toBe('401 token_invalid');
  });
});
