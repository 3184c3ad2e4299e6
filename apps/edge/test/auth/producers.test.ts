import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';
import { judge } from './asking.ts';
import { EXPECTED_OF_PRODUCERS, judgeProducer, tellProducers } from './producer-cases.ts';
import { PRODUCERS } from './producers.ts';
import { CLAIMS, jwt, JWT_ACCESS, makeKey } from './tokens.ts';

const keys = { RS256: await makeKey('RS256', 'rsa'), ES256: await makeKey('ES256', 'ec') };
const otherKey = await makeKey('RS256', 'other');

describe('the tokens of an issuer', () => {
  it.each(PRODUCERS)('open their room by its key alone in the shape of $name', async (producer) => {
    expect(await judgeProducer(producer)).toEqual(['200', '401 token_invalid']);
  });

  it.each(RUNTIMES)('open their room by its key alone on %s', { timeout: 60_000 }, async (runtime) => {
    expect(
      await callOnRuntime(runtime, new URL('producer-cases.ts', import.meta.url), tellProducers, []),
    ).toEqual(EXPECTED_OF_PRODUCERS);
  });
});

describe('a token with a kid that no key of the set has', () => {
  const other = otherKey.jwk;
  const nameless = { ...keys.RS256.jwk, kid: undefined };

  function edgeOf(...published: readonly unknown[]): TestEdge {
    return createTestEdge(undefined, JWT_ACCESS, { fetch: async () => Response.json({ keys: published }) });
  }

  it.each([
    ['one key without kid', '200', [nameless]],
    ['one key without kid beside one of another kind', '200', [nameless, keys.ES256.jwk]],
    ['one key with another kid', '401 token_invalid', [{ ...keys.RS256.jwk, kid: 'x' }]],
    ['one key with an empty kid', '401 token_invalid', [{ ...keys.RS256.jwk, kid: '' }]],
    ['two keys without kid', '401 token_invalid', [nameless, { ...other, kid: undefined }]],
    ['one key without kid beside one with', '401 token_invalid', [nameless, other]],
    ['one key without kid for encryption', '401 token_invalid', [{ ...nameless, use: 'enc' }]],
    ['one key without kid for another algorithm', '401 token_invalid', [{ ...nameless, alg: 'RS512' }]],
  ])('is judged with %s in it: %s', async (_what, expected, published) => {
    expect(await judge(edgeOf(...published), await jwt(keys.RS256))).toBe(expected);
  });

  it('is verified by that key, and by no other one', async () => {
    const stranger = await makeKey('RS256', 'rsa');
    expect(await judge(edgeOf(nameless), await jwt(stranger, CLAIMS))).toBe('401 token_invalid');
  });
});
