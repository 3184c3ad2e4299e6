import { describe, expect, it } from 'vitest';
import { judge } from './asking.ts';
import { down, keySet, world } from './issuer.ts';
import { CLAIMS, jwt, makeKey, NOW_SECONDS } from './tokens.ts';

const key = await makeKey('RS256', 'first');
const nextKey = await makeKey('RS256', 'next');
const stranger = await makeKey('RS256', 'stranger');
const claims = { ...CLAIMS, exp: NOW_SECONDS + 86_400 };

/** A key as an issuer without `kid` publishes it. */
const nameless = ({ jwk }: typeof key) => ({ ...jwk, kid: undefined });

/** Creates a token that the edge has not verified before. */
let counter = 0;
const newToken = (by: typeof key, header?: Parameters<typeof jwt>[2]) =>
  jwt(by, { ...claims, jti: String((counter += 1)) }, header);

const WITHOUT_KID = { kid: undefined };

describe('a JWKS whose only key was not selected by kid', () => {
  it.each([
    {
      name: 'an issuer that begins to publish a kid',
      before: nameless(key),
      after: nextKey.jwk,
      header: {},
    },
    {
      name: 'an issuer whose tokens have a kid and whose keys have none',
      before: nameless(key),
      after: nameless(nextKey),
      header: {},
    },
    {
      name: 'an issuer without any kid',
      before: nameless(key),
      after: nameless(nextKey),
      header: WITHOUT_KID,
    },
    {
      name: 'an issuer whose keys have a kid and whose tokens have none',
      before: key.jwk,
      after: nextKey.jwk,
      header: WITHOUT_KID,
    },
  ])('is fetched again after the cooldown when $name rotates its key', async ({ before, after, header }) => {
    const { edge, clock, calls, change } = world(keySet(before));
    expect(await judge(edge, await newToken(key, header))).toBe('200');
    change(keySet(after));
    clock.skip(29_999);
    expect(await judge(edge, await newToken(nextKey, header))).toBe('401 token_invalid');
    clock.skip(1);
    expect(await judge(edge, await newToken(nextKey, header))).toBe('200');
    expect(await judge(edge, await newToken(key, header))).toBe('401 token_invalid');
    expect(calls).toHaveLength(2);
  });

  it('is fetched once per cooldown, however many signatures are invalid', async () => {
    const { edge, clock, calls } = world(keySet(nameless(key)));
    for (let round = 1; round <= 3; round += 1) {
      for (let index = 0; index < 20; index += 1) {
        expect(await judge(edge, await newToken(stranger))).toBe('401 token_invalid');
      }
      expect(calls).toHaveLength(round);
      clock.skip(30_000);
    }
  });

  it('still verifies tokens after an invalid signature caused a failed fetch', async () => {
    const { edge, clock, change } = world(keySet(nameless(key)));
    expect(await judge(edge, await newToken(key))).toBe('200');
    change(down);
    clock.skip(30_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('503 auth_unavailable');
    expect(await judge(edge, await newToken(key))).toBe('200');
  });

  it('rejects an invalid signature if the issuer no longer has the key', async () => {
    const { edge, clock, change } = world(keySet(nameless(key)));
    expect(await judge(edge, await newToken(key))).toBe('200');
    change(keySet(nextKey.jwk));
    clock.skip(30_000);
    expect(await judge(edge, await newToken(stranger))).toBe('401 token_invalid');
  });
});

it('an invalid signature by a key that kid selected does not cause a fetch of the JWKS', async () => {
  const { edge, clock, calls } = world(keySet(key.jwk));
  expect(await judge(edge, await newToken(key))).toBe('200');
  clock.skip(30_000);
  expect(await judge(edge, await newToken(stranger, { kid: 'first' }))).toBe('401 token_invalid');
  expect(calls).toHaveLength(1);
});
