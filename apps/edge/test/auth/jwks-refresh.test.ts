import { afterEach, describe, expect, it, vi } from 'vitest';
import { tokenStatus, unreachable, respondWithKeys, createIssuerEdge } from './helpers.ts';
import { CLAIMS, signJwt, createIssuerKey, NOW_SECONDS } from './tokens.ts';

const key = await createIssuerKey('RS256', 'first');
const nextKey = await createIssuerKey('RS256', 'next');
/** A different key with the same kid. */
const changedKey = await createIssuerKey('RS256', 'first');
// Longer than any clock of these tests moves, forwards or back.
const claims = { ...CLAIMS, iat: NOW_SECONDS - 86_400, exp: NOW_SECONDS + 86_400 };
const token = await signJwt(key, claims);

/** Creates a token that was not verified before. */
let counter = 0;
const createToken = (by = key) => signJwt(by, { ...claims, jti: String((counter += 1)) });

afterEach(() => {
  vi.restoreAllMocks();
});

describe('the background refresh of a JWKS', () => {
  it('starts after five minutes, so that a short failure of the issuer affects no request', async () => {
    const { edge, clock, calls, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(unreachable);
    clock.skip(300_000);
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    await edge.waitForBackground();
    expect(calls).toHaveLength(2);
    change(respondWithKeys(key.jwk));
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    await edge.waitForBackground();
    expect(calls).toHaveLength(3);
    change(unreachable);
    clock.skip(270_000);
    expect(await tokenStatus(edge, token)).toBe('200');
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    expect(calls).toHaveLength(3);
  });

  it('does not start within the first five minutes, however many tokens arrive', async () => {
    const { edge, clock, calls } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    clock.skip(299_999);
    for (let index = 0; index < 20; index += 1)
      expect(await tokenStatus(edge, await createToken())).toBe('200');
    expect(calls).toHaveLength(1);
  });

  it('does not delay the requests that start it', async () => {
    const { edge, clock, calls, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(() => new Promise<Response>(() => undefined));
    clock.skip(300_000);
    expect(await tokenStatus(edge, token)).toBe('200');
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    expect(calls).toHaveLength(2);
  });

  it('is started every five minutes by requests with one cached token', async () => {
    const { edge, clock, calls } = createIssuerEdge(respondWithKeys(key.jwk));
    for (let seconds = 0; seconds < 3_600; seconds += 10) {
      expect(await tokenStatus(edge, token)).toBe('200');
      await edge.waitForBackground();
      clock.skip(10_000);
    }
    expect(calls).toHaveLength(12);
  });

  it('runs once per cooldown while the issuer is down, until the JWKS expires after ten minutes', async () => {
    const { edge, clock, calls, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(unreachable);
    for (let seconds = 0; seconds < 600; seconds += 5) {
      expect(await tokenStatus(edge, seconds % 2 === 0 ? token : await createToken())).toBe('200');
      await edge.waitForBackground();
      clock.skip(5_000);
    }
    expect(calls).toHaveLength(1 + 10);
    expect(await tokenStatus(edge, token)).toBe('503 auth_unavailable');
  });
});

describe('a key that the issuer removed', () => {
  it.each([
    { name: 'does not have the key', keys: [nextKey.jwk] },
    { name: 'has another key with its kid', keys: [changedKey.jwk, nextKey.jwk] },
  ])('is rejected once the fetched JWKS $name, for cached tokens as well', async ({ keys }) => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(respondWithKeys(...keys));
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('200');
    expect(await tokenStatus(edge, token)).toBe('401 token_invalid');
    expect(await tokenStatus(edge, await createToken())).toBe('401 token_invalid');
  });

  it('is rejected for a token whose verification had started before the removal', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    let release: () => void = () => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const verify = crypto.subtle.verify.bind(crypto.subtle);
    const spy = vi.spyOn(crypto.subtle, 'verify').mockImplementationOnce(async (...args) => {
      await released;
      return verify(...args);
    });
    const waiting = tokenStatus(edge, token);
    await expect.poll(() => spy.mock.calls.length).toBe(1);
    change(respondWithKeys(nextKey.jwk));
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('200');
    release();
    expect(await waiting).toBe('200');
    expect(await tokenStatus(edge, token)).toBe('401 token_invalid');
  });

  it('an unchanged JWKS causes neither a verification of cached tokens nor an import of keys', async () => {
    const { edge, clock, calls } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    clock.skip(30_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('401 token_invalid');
    expect(calls).toHaveLength(2);
    const spy = vi.spyOn(crypto.subtle, 'verify');
    const importing = vi.spyOn(crypto.subtle, 'importKey');
    expect(await tokenStatus(edge, token)).toBe('200');
    expect(spy).not.toHaveBeenCalled();
    expect(await tokenStatus(edge, await createToken())).toBe('200');
    expect(importing).not.toHaveBeenCalled();
  });
});

describe('a JWKS after the wall clock was set back', () => {
  it('does not last longer, and neither do cached tokens', async () => {
    const { edge, clock, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(unreachable);
    clock.skip(-3_600_000);
    expect(await tokenStatus(edge, token)).toBe('200');
    await edge.waitForBackground();
    clock.skip(599_999);
    expect(await tokenStatus(edge, token)).toBe('200');
    clock.skip(1);
    expect(await tokenStatus(edge, token)).toBe('503 auth_unavailable');
    expect(await tokenStatus(edge, await createToken())).toBe('503 auth_unavailable');
  });

  it('is fetched again after one cooldown, and not earlier', async () => {
    const { edge, clock, calls, change } = createIssuerEdge(respondWithKeys(key.jwk));
    expect(await tokenStatus(edge, token)).toBe('200');
    change(respondWithKeys(nextKey.jwk));
    clock.skip(-3_600_000);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('401 token_invalid');
    clock.skip(29_999);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('401 token_invalid');
    expect(calls).toHaveLength(1);
    clock.skip(1);
    expect(await tokenStatus(edge, await createToken(nextKey))).toBe('200');
    expect(calls).toHaveLength(2);
  });
});
