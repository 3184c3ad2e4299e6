import { afterEach, describe, expect, it, vi } from 'vitest';
import { judge } from './asking.ts';
import { down, keySet, world } from './issuer.ts';
import { CLAIMS, jwt, makeKey, NOW_SECONDS } from './tokens.ts';

const key = await makeKey('RS256', 'first');
const nextKey = await makeKey('RS256', 'next');
/** Another key under the first one's name. */
const changedKey = await makeKey('RS256', 'first');
// Longer than any clock here goes, forwards or back.
const claims = { ...CLAIMS, iat: NOW_SECONDS - 86_400, exp: NOW_SECONDS + 86_400 };
const token = await jwt(key, claims);

/** A token that was not seen before, by a key. */
let counter = 0;
const newToken = (by = key) => jwt(by, { ...claims, jti: String((counter += 1)) });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the issuer’s keys, before they end', () => {
  it('S51, S52: are asked for again behind those whom they serve: an issuer that stumbles shuts nobody out', async () => {
    const { edge, clock, calls, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(down);
    clock.skip(300_000);
    expect(await judge(edge, await newToken())).toBe('200');
    await edge.waitForBackground();
    expect(calls).toHaveLength(2);
    change(keySet(key.jwk));
    clock.skip(30_000);
    expect(await judge(edge, await newToken())).toBe('200');
    await edge.waitForBackground();
    expect(calls).toHaveLength(3);
    change(down);
    clock.skip(270_000);
    expect(await judge(edge, token)).toBe('200');
    expect(await judge(edge, await newToken())).toBe('200');
    expect(calls).toHaveLength(3);
  });

  it('S51: are not asked for again while they are young, however many ask', async () => {
    const { edge, clock, calls } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    clock.skip(299_999);
    for (let index = 0; index < 20; index += 1) expect(await judge(edge, await newToken())).toBe('200');
    expect(calls).toHaveLength(1);
  });

  it('S52: do not keep anyone waiting while they are asked for again', async () => {
    const { edge, clock, calls, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(() => new Promise<Response>(() => undefined));
    clock.skip(300_000);
    expect(await judge(edge, token)).toBe('200');
    expect(await judge(edge, await newToken())).toBe('200');
    expect(calls).toHaveLength(2);
  });

  it('S51: are asked for in time by one token that is remembered, and for it alone', async () => {
    const { edge, clock, calls } = world(keySet(key.jwk));
    for (let seconds = 0; seconds < 3_600; seconds += 10) {
      expect(await judge(edge, token)).toBe('200');
      await edge.waitForBackground();
      clock.skip(10_000);
    }
    expect(calls).toHaveLength(12);
  });

  it('S51, S52: are asked for once a cooldown while the issuer is down, and end ten minutes after they came', async () => {
    const { edge, clock, calls, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(down);
    for (let seconds = 0; seconds < 600; seconds += 5) {
      expect(await judge(edge, seconds % 2 === 0 ? token : await newToken())).toBe('200');
      await edge.waitForBackground();
      clock.skip(5_000);
    }
    expect(calls).toHaveLength(1 + 10);
    expect(await judge(edge, token)).toBe('503 auth_unavailable');
  });
});

describe('a key that was taken away', () => {
  it.each([
    ['no more', [nextKey.jwk]],
    ['for another of its name', [changedKey.jwk, nextKey.jwk]],
  ])('S52: opens nothing once the set is there %s, not even to tokens seen before', async (_what, keys) => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(keySet(...keys));
    clock.skip(30_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('200');
    expect(await judge(edge, token)).toBe('401 token_invalid');
    expect(await judge(edge, await newToken())).toBe('401 token_invalid');
  });

  it('S52: is not remembered for a token whose check began before, either', async () => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, await newToken())).toBe('200');
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const verify = crypto.subtle.verify.bind(crypto.subtle);
    const spy = vi.spyOn(crypto.subtle, 'verify').mockImplementationOnce(async (...given) => {
      await gate;
      return verify(...given);
    });
    const waiting = judge(edge, token);
    await expect.poll(() => spy.mock.calls.length).toBe(1);
    change(keySet(nextKey.jwk));
    clock.skip(30_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('200');
    go();
    expect(await waiting).toBe('200');
    expect(await judge(edge, token)).toBe('401 token_invalid');
  });

  it('the same set again costs nothing: what was verified by it is not verified again', async () => {
    const { edge, clock, calls } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    clock.skip(30_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('401 token_invalid');
    expect(calls).toHaveLength(2);
    const spy = vi.spyOn(crypto.subtle, 'verify');
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    expect(await judge(edge, token)).toBe('200');
    expect(spy).not.toHaveBeenCalled();
    expect(await judge(edge, await newToken())).toBe('200');
    expect(importing).not.toHaveBeenCalled();
  });
});

describe('the issuer’s keys, when the clock is set back', () => {
  it('S52: are not used for longer, nor are tokens seen before', async () => {
    const { edge, clock, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(down);
    clock.skip(-3_600_000);
    expect(await judge(edge, token)).toBe('200');
    await edge.waitForBackground();
    clock.skip(599_999);
    expect(await judge(edge, token)).toBe('200');
    clock.skip(1);
    expect(await judge(edge, token)).toBe('503 auth_unavailable');
    expect(await judge(edge, await newToken())).toBe('503 auth_unavailable');
  });

  it('S51: are asked for again a cooldown later, and no sooner', async () => {
    const { edge, clock, calls, change } = world(keySet(key.jwk));
    expect(await judge(edge, token)).toBe('200');
    change(keySet(nextKey.jwk));
    clock.skip(-3_600_000);
    expect(await judge(edge, await newToken(nextKey))).toBe('401 token_invalid');
    clock.skip(29_999);
    expect(await judge(edge, await newToken(nextKey))).toBe('401 token_invalid');
    expect(calls).toHaveLength(1);
    clock.skip(1);
    expect(await judge(edge, await newToken(nextKey))).toBe('200');
    expect(calls).toHaveLength(2);
  });
});
