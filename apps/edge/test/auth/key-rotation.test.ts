import { describe, expect, it } from 'vitest';
import { tokenStatus, unreachable, respondWithKeys, createIssuerEdge } from './helpers.ts';
import { CLAIMS, signJwt, createIssuerKey, NOW_SECONDS } from './tokens.ts';

const key = await createIssuerKey('RS256', 'first');
const nextKey = await createIssuerKey('RS256', 'next');
const otherKey = await createIssuerKey('RS256', 'stranger');
const claims = { ...CLAIMS, exp: NOW_SECONDS + 86_400 };

/** A key as an issuer without `kid` publishes it. */
const withoutKid = ({ jwk }: typeof key) => ({ ...jwk, kid: undefined });

/** Creates a token that the edge has not verified before. */
let counter = 0;
const createToken = (by: typeof key, header?: Parameters<typeof signJwt>[2]) =>
  signJwt(by, { ...claims, jti: String((counter += 1)) }, header);

const WITHOUT_KID = { kid: undefined };

describe('a JWKS whose only key was not selected by kid', () => {
  it.each([
    {
      name: 'an issuer that begins to publish a kid',
      before: withoutKid(key),
      after: nextKey.jwk,
      header: {},
    },
    {
      name: 'an issuer with kid in tokens only',
      before: withoutKid(key),
      after: withoutKid(nextKey),
      header: {},
    },
    {
      name: 'an issuer without any kid',
      before: withoutKid(key),
      after: withoutKid(nextKey),
      header: WITHOUT_KID,
    },
    {
      name: 'an issuer with kid in keys only',
      before: key.jwk,
      after: nextKey.jwk,
      header: WITHOUT_KID,
    },
  ])('is fetched again after the cooldown when $name rotates its key', async ({ before, after, header }) => {
    const { edge, clock, calls, change } = createIssuerEdge(respondWithKeys(before));
    expect(await tokenStatus(edge, await createToken(key, header))).toBe('200');
    change(respondWithKeys(after));
    clock.skip(29_999);
    expect(await tokenStatus(edge, await createToken(nextKey, header))).toBe('401 token_invalid');
    clock.skip(1);
    expect(await tokenStatus(edge, await createToken(nextKey, header))).toBe('200');
    expect(await tokenStatus(edge, await createToken(key, header))).toBe('401 token_invalid');
    expect(calls).toHaveLength(2);
  });

  it('is fetched once per cooldown, however many signatures are invalid', async () => {
    const { edge, clock, calls } = createIssuerEdge(respondWithKeys(withoutKid(key)));
    for (let round = 1; round <= 3; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        expect(await tokenStatus(edge, await createToken(otherKey))).toBe('401 token_invalid');
      }
      expect(calls).toHaveLength(round);
      clock.skip(30_000);
    }
  });

  it('still verifies tokens after an invalid signature caused a failed fetch', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(withoutKid(key)));
    expect(await tokenStatus(edge, await createToken(key))).toBe('200');
    change(unreachable);
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('503 auth_unavailable');
    expect(await tokenStatus(edge, await createToken(key))).toBe('200');
  });

  it('rejects an invalid signature if the issuer no longer has the key', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(withoutKid(key)));
    expect(await tokenStatus(edge, await createToken(key))).toBe('200');
    change(respondWithKeys(nextKey.jwk));
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(otherKey))).toBe('401 token_invalid');
  });
});

it('an invalid signature by a key that kid selected does not cause a fetch of the JWKS', async () => {
  const { edge, clock, calls } = createIssuerEdge(respondWithKeys(key.jwk));
  expect(await tokenStatus(edge, await createToken(key))).toBe('200');
  clock.skip(30_000);
  expect(await tokenStatus(edge, await createToken(otherKey, { kid: 'first' }))).toBe('401 token_invalid');
  expect(calls).toHaveLength(1);
});
