import { signRecordingUrl } from '@room-recordings/core/signing';
import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { statusAndCode } from './runtime-cases.ts';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey, TWILIO_ACCESS, createTwilioToken } from './tokens.ts';

vi.useFakeTimers({ toFake: ['Date'], now: NOW });

const key = await createIssuerKey('ES256', 'ec');
const ALL = {
  ...JWT_ACCESS,
  ...TWILIO_ACCESS,
  ACCESS: 'signed-url, jwt,twilio-token',
  URL_SIGNING_KEYS: 'k:canary-4f6a7b8c9d0e1f2a3b4c5d6e7f',
};
const OTHER_ROOM = `RM${'b'.repeat(32)}`;

/** Creates an edge with all strategies, whose issuer is up or down. */
function createEdge(isUp = true): TestEdge & { readonly calls: () => number } {
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    if (!isUp) throw new TypeError('down');
    return Response.json({ keys: [key.jwk] });
  };
  return { ...createTestEdge(undefined, ALL, { fetch }), calls: () => calls };
}

async function send(to: TestEdge, token?: string, path = PATH): Promise<string> {
  return statusAndCode(
    await to.request(path, token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
  );
}

const sign = async (expiresIn: number, now = NOW) =>
  (
    await signRecordingUrl(PUBLIC_URL + PATH, {
      keys: [{ id: 'k', secret: 'canary-4f6a7b8c9d0e1f2a3b4c5d6e7f' }],
      expiresIn,
      now,
    })
  ).slice(PUBLIC_URL.length);

describe('ACCESS with several strategies', () => {
  it('accepts a credential of any strategy, also beside an invalid credential of another one', async () => {
    const one = createEdge();
    for (let round = 0; round < 2; round += 1) {
      expect(await send(one, createTwilioToken())).toBe('200');
      expect(await send(one, await signJwt(key))).toBe('200');
      expect(await send(one, undefined, await sign(60))).toBe('200');
      expect(await send(one, 'nonsense', await sign(60))).toBe('200');
      expect(await send(one, createTwilioToken(), `${await sign(60)}x`)).toBe('200');
    }
    expect(one.reads).toHaveLength(1);
  });

  it('a request without a credential gets 401 token_missing', async () => {
    expect(await send(createEdge())).toBe('401 token_missing');
    expect(await send(createEdge(), undefined, `${PATH}?cb=1`)).toBe('401 token_missing');
  });

  it('the response has the failure with the highest precedence', async () => {
    expect(await send(createEdge(), createTwilioToken({ ttl: -1 }))).toBe('401 token_expired');
    expect(await send(createEdge(), createTwilioToken({ room: OTHER_ROOM }))).toBe('403 forbidden');
    expect(await send(createEdge(), await signJwt(key, { ...CLAIMS, exp: 1 }))).toBe('401 token_expired');
    expect(await send(createEdge(), await signJwt(key, { ...CLAIMS, room_sid: OTHER_ROOM }))).toBe(
      '403 forbidden',
    );
    expect(await send(createEdge(), 'nonsense')).toBe('401 token_invalid');
    expect(await send(createEdge(), undefined, `${await sign(60)}x`)).toBe('403 signature_invalid');
    expect(await send(createEdge(), undefined, await sign(60, NOW - 60_000))).toBe('403 url_expired');
    expect(await send(createEdge(), 'nonsense', await sign(60, NOW - 60_000))).toBe('403 url_expired');
    expect(await send(createEdge(), 'nonsense', `${await sign(60)}x`)).toBe('401 token_invalid');
  });

  it('the other strategies still accept their credentials while the issuer is down', async () => {
    const one = createEdge(false);
    expect(await send(one, await signJwt(key))).toBe('503 auth_unavailable');
    expect(await send(one, await signJwt(key), await sign(60))).toBe('200');
    expect(await send(one, createTwilioToken())).toBe('200');
  });

  it('a token with a number as cty is rejected, and a valid signed URL beside it is accepted', async () => {
    const token = await signJwt(key, CLAIMS, { cty: 5 });
    expect(await send(createEdge(), token, await sign(60))).toBe('200');
    expect(await send(createEdge(), token)).toBe('401 token_invalid');
  });

  it('a token of Twilio does not cause a fetch of the JWKS', async () => {
    const one = createEdge();
    await send(one, createTwilioToken());
    await send(one, createTwilioToken({ secret: 'x' }));
    expect(one.calls()).toBe(0);
  });
});
