import { describe, expect, it, vi } from 'vitest';
import { NOW } from '../clock.ts';
import { judge } from './asking.ts';
import { both, edges, refuseEverywhere, signedByHmac, signedByRsa } from './hostile.ts';
import { CLAIMS, NOW_SECONDS, TWILIO_CLAIMS, twilioToken } from './tokens.ts';

describe('the times of a token', () => {
  it.each([
    ['no exp', { exp: undefined }],
    ['an exp of null', { exp: null }],
    ['an exp of text', { exp: String(NOW_SECONDS + 60) }],
    ['an exp with a fraction', { exp: NOW_SECONDS + 60.5 }],
    ['an exp that is no instant', { exp: 1e300 }],
    ['an nbf in the future', { nbf: NOW_SECONDS + 61 }],
    ['an nbf of text', { nbf: 'now' }],
    ['an nbf with a fraction', { nbf: NOW_SECONDS - 0.5 }],
    ['a negative nbf', { nbf: -1 }],
    ['an iat in the future', { iat: NOW_SECONDS + 61 }],
    ['an iat of text', { iat: '0' }],
    ['a negative iat', { iat: -1 }],
    ['an iat that is no instant', { iat: 1e300 }],
  ])('S44: are refused with %s', async (_what, claims) => {
    for (const token of await both({}, claims)) await refuseEverywhere(token);
  });

  it.each([NOW_SECONDS, NOW_SECONDS - 1, NOW_SECONDS - 3600, 0, -1])(
    'S44: have expired with an exp of %i',
    async (exp) => {
      const [twilio, jwts] = edges();
      const [mine, theirs] = await both({}, { exp, iat: NOW_SECONDS - 7200 });
      expect(await judge(twilio.edge, mine)).toBe('401 token_expired');
      expect(await judge(jwts.edge, theirs)).toBe('401 token_expired');
    },
  );

  it('S44: are refused with numbers that JSON has not', async () => {
    for (const exp of ['NaN', 'Infinity', '1e999', '0x7fffffff']) {
      const text = (claims: object) =>
        JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', `"exp":${exp}`);
      await refuseEverywhere(await signedByHmac({}, text(TWILIO_CLAIMS)));
      await refuseEverywhere(await signedByRsa({}, text(CLAIMS)));
    }
  });

  it('S44: may come from a clock that is a minute ahead', async () => {
    const [twilio, jwts] = edges();
    const [mine, theirs] = await both({}, { nbf: NOW_SECONDS + 60, iat: NOW_SECONDS + 60 });
    expect(await judge(twilio.edge, mine)).toBe('200');
    expect(await judge(jwts.edge, theirs)).toBe('200');
    vi.setSystemTime(NOW + 60_000);
    const ahead = twilioToken({ nbf: NOW_SECONDS + 60 });
    vi.setSystemTime(NOW);
    expect(await judge(edges()[0].edge, ahead)).toBe('200');
  });

  it('S44: need an iat where they are Twilio’s', async () => {
    await refuseEverywhere(await signedByHmac({}, { ...TWILIO_CLAIMS, iat: undefined }));
  });
});
