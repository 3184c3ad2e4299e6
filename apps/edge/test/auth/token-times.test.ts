import { describe, expect, it, vi } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge } from '../support/test-edge.ts';
import { judge } from './asking.ts';
import { both, edges, key, refuseEverywhere, signedByHmac, signedByRsa } from './hostile.ts';
import { CLAIMS, JWT_ACCESS, NOW_SECONDS, TWILIO_ACCESS, TWILIO_CLAIMS, twilioToken } from './tokens.ts';

describe('the times of a token', () => {
  it.each([
    ['no exp', { exp: undefined }],
    ['an exp of null', { exp: null }],
    ['an exp of text', { exp: String(NOW_SECONDS + 60) }],
    ['an exp that is no instant', { exp: 1e300 }],
    ['an exp with a fraction beyond every instant', { exp: 2 ** 53 + 2 }],
    ['an nbf in the future', { nbf: NOW_SECONDS + 61 }],
    ['an nbf of text', { nbf: 'now' }],
    ['an nbf in the future by a fraction', { nbf: NOW_SECONDS + 60.25 }],
    ['a negative nbf', { nbf: -1 }],
    ['an nbf of null', { nbf: null }],
    ['an iat of text', { iat: '0' }],
    ['an iat of null', { iat: null }],
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

  it.each([
    ['no iat', { iat: undefined }],
    ['an iat in the future', { iat: NOW_SECONDS + 61 }],
    ['an iat far in the future', { iat: NOW_SECONDS + 86_400 }],
    ['an iat with a fraction', { iat: NOW_SECONDS - 0.336421 }],
    ['an nbf with a fraction', { nbf: NOW_SECONDS - 0.5 }],
    ['an exp with a fraction', { exp: NOW_SECONDS + 60.336421 }],
    ['an exp less than a second ahead', { exp: NOW_SECONDS + 0.25 }],
  ])('are accepted with %s', async (_what, claims) => {
    const [twilio, jwts] = edges();
    const [mine, theirs] = await both({}, claims);
    expect(await judge(twilio.edge, mine)).toBe('200');
    expect(await judge(jwts.edge, theirs)).toBe('200');
  });

  it('end at the instant that a fraction names, also for a token that was accepted before', async () => {
    let now = NOW;
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const [mine, theirs] = await both({}, { exp: NOW_SECONDS + 60.5 });
    for (const [variables, token] of [
      [TWILIO_ACCESS, mine],
      [JWT_ACCESS, theirs],
    ] as const) {
      now = NOW;
      const edge = createTestEdge(undefined, variables, { now: () => now, fetch });
      expect(await judge(edge, token)).toBe('200');
      now = NOW + 60_499;
      expect(await judge(edge, token)).toBe('200');
      now = NOW + 60_500;
      expect(await judge(edge, token)).toBe('401 token_expired');
    }
  });

  it('begin at the instant that a fraction names, less the tolerance of a minute', async () => {
    let now = NOW;
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const [mine, theirs] = await both({}, { nbf: NOW_SECONDS + 60.75 });
    for (const [variables, token] of [
      [TWILIO_ACCESS, mine],
      [JWT_ACCESS, theirs],
    ] as const) {
      const edge = createTestEdge(undefined, variables, { now: () => now, fetch });
      now = NOW + 749;
      expect(await judge(edge, token)).toBe('401 token_invalid');
      now = NOW + 750;
      expect(await judge(edge, token)).toBe('200');
    }
  });
});

describe('the lifetime of a Twilio token', () => {
  const DAY = 86_400;

  it.each([
    ['its iat', '200', { iat: NOW_SECONDS - 60, exp: NOW_SECONDS - 60 + DAY }],
    ['its iat', '401 token_invalid', { iat: NOW_SECONDS - 60.5, exp: NOW_SECONDS - 60 + DAY }],
    [
      'its iat, and not its nbf',
      '401 token_invalid',
      { iat: NOW_SECONDS - DAY, nbf: NOW_SECONDS, exp: NOW_SECONDS + 1 },
    ],
    ['its nbf without an iat', '200', { iat: undefined, nbf: NOW_SECONDS - 60, exp: NOW_SECONDS - 60 + DAY }],
    [
      'its nbf without an iat',
      '401 token_invalid',
      { iat: undefined, nbf: NOW_SECONDS - 60, exp: NOW_SECONDS - 59 + DAY },
    ],
    ['now with neither', '200', { iat: undefined, exp: NOW_SECONDS + DAY }],
    ['now with neither', '401 token_invalid', { iat: undefined, exp: NOW_SECONDS + DAY + 0.5 }],
    ['now with an iat in the future', '200', { iat: NOW_SECONDS + 3600, exp: NOW_SECONDS + DAY }],
    [
      'now with an iat in the future',
      '401 token_invalid',
      { iat: NOW_SECONDS + 3600, exp: NOW_SECONDS + DAY + 1 },
    ],
    [
      'now with an nbf in the future',
      '401 token_invalid',
      { iat: undefined, nbf: NOW_SECONDS + 60, exp: NOW_SECONDS + DAY + 1 },
    ],
  ])('is at most a day, counted from %s: %s', async (_what, expected, claims) => {
    const token = await signedByHmac({}, { ...TWILIO_CLAIMS, ...claims });
    expect(await judge(edges()[0].edge, token)).toBe(expected);
  });

  it('has no limit for an issuer’s own tokens', async () => {
    const token = await signedByRsa({}, { ...CLAIMS, exp: NOW_SECONDS + 30 * DAY });
    expect(await judge(edges()[1].edge, token)).toBe('200');
  });
});
