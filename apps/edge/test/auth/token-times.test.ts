import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it, vi } from 'vitest';
import { createTestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { signBoth, createTokenEdges, key, expectRejected, signWithHmac, signWithRsa } from './token-edges.ts';
import {
  CLAIMS,
  JWT_ACCESS,
  NOW_SECONDS,
  TWILIO_ACCESS,
  TWILIO_CLAIMS,
  createTwilioToken,
} from './tokens.ts';

describe('the times of a token', () => {
  it.each([
    { name: 'no exp', claims: { exp: undefined } },
    { name: 'an exp of null', claims: { exp: null } },
    { name: 'an exp that is a string', claims: { exp: String(NOW_SECONDS + 60) } },
    { name: 'an exp beyond all dates', claims: { exp: 1e300 } },
    { name: 'an exp beyond the safe integers', claims: { exp: 2 ** 53 + 2 } },
    { name: 'an nbf in the future', claims: { nbf: NOW_SECONDS + 61 } },
    { name: 'an nbf that is a string', claims: { nbf: 'now' } },
    { name: 'an nbf in the future by a fraction', claims: { nbf: NOW_SECONDS + 60.25 } },
    { name: 'a negative nbf', claims: { nbf: -1 } },
    { name: 'an nbf of null', claims: { nbf: null } },
    { name: 'an iat that is a string', claims: { iat: '0' } },
    { name: 'an iat of null', claims: { iat: null } },
    { name: 'a negative iat', claims: { iat: -1 } },
    { name: 'an iat beyond all dates', claims: { iat: 1e300 } },
  ])('a token with $name is rejected', async ({ claims }) => {
    for (const token of await signBoth({}, claims)) await expectRejected(token);
  });

  it.each([NOW_SECONDS, NOW_SECONDS - 1, NOW_SECONDS - 3600, 0, -1])(
    'a token with an exp of %i is expired',
    async (exp) => {
      const [twilio, jwt] = createTokenEdges();
      const [twilioToken, issuerToken] = await signBoth({}, { exp, iat: NOW_SECONDS - 7200 });
      expect(await tokenStatus(twilio.edge, twilioToken)).toBe('401 token_expired');
      expect(await tokenStatus(jwt.edge, issuerToken)).toBe('401 token_expired');
    },
  );

  it('a token with a number that JSON does not have is rejected', async () => {
    for (const exp of ['NaN', 'Infinity', '1e999', '0x7fffffff']) {
      const text = (claims: object) =>
        JSON.stringify({ ...claims, exp: 0 }).replace('"exp":0', `"exp":${exp}`);
      await expectRejected(await signWithHmac({}, text(TWILIO_CLAIMS)));
      await expectRejected(await signWithRsa({}, text(CLAIMS)));
    }
  });

  it('a token of an issuer whose clock is a minute ahead is accepted', async () => {
    const [twilio, jwt] = createTokenEdges();
    const [twilioToken, issuerToken] = await signBoth({}, { nbf: NOW_SECONDS + 60, iat: NOW_SECONDS + 60 });
    expect(await tokenStatus(twilio.edge, twilioToken)).toBe('200');
    expect(await tokenStatus(jwt.edge, issuerToken)).toBe('200');
    vi.setSystemTime(NOW + 60_000);
    const ahead = createTwilioToken({ nbf: NOW_SECONDS + 60 });
    vi.setSystemTime(NOW);
    expect(await tokenStatus(createTokenEdges()[0].edge, ahead)).toBe('200');
  });

  it.each([
    { name: 'no iat', claims: { iat: undefined } },
    { name: 'an iat in the future', claims: { iat: NOW_SECONDS + 61 } },
    { name: 'an iat far in the future', claims: { iat: NOW_SECONDS + 86_400 } },
    { name: 'an iat with a fraction', claims: { iat: NOW_SECONDS - 0.336421 } },
    { name: 'an nbf with a fraction', claims: { nbf: NOW_SECONDS - 0.5 } },
    { name: 'an exp with a fraction', claims: { exp: NOW_SECONDS + 60.336421 } },
    { name: 'an exp less than a second ahead', claims: { exp: NOW_SECONDS + 0.25 } },
  ])('a token with $name is accepted', async ({ claims }) => {
    const [twilio, jwt] = createTokenEdges();
    const [twilioToken, issuerToken] = await signBoth({}, claims);
    expect(await tokenStatus(twilio.edge, twilioToken)).toBe('200');
    expect(await tokenStatus(jwt.edge, issuerToken)).toBe('200');
  });

  it('a token expires at the fraction of a second of its exp, also if it is cached', async () => {
    let now = NOW;
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const [twilioToken, issuerToken] = await signBoth({}, { exp: NOW_SECONDS + 60.5 });
    for (const [variables, token] of [
      [TWILIO_ACCESS, twilioToken],
      [JWT_ACCESS, issuerToken],
    ] as const) {
      now = NOW;
      const edge = createTestEdge(undefined, variables, { now: () => now, fetch });
      expect(await tokenStatus(edge, token)).toBe('200');
      now = NOW + 60_499;
      expect(await tokenStatus(edge, token)).toBe('200');
      now = NOW + 60_500;
      expect(await tokenStatus(edge, token)).toBe('401 token_expired');
    }
  });

  it('a token is valid from the fraction of a second of its nbf minus the tolerance of a minute', async () => {
    let now = NOW;
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const [twilioToken, issuerToken] = await signBoth({}, { nbf: NOW_SECONDS + 60.75 });
    for (const [variables, token] of [
      [TWILIO_ACCESS, twilioToken],
      [JWT_ACCESS, issuerToken],
    ] as const) {
      const edge = createTestEdge(undefined, variables, { now: () => now, fetch });
      now = NOW + 749;
      expect(await tokenStatus(edge, token)).toBe('401 token_invalid');
      now = NOW + 750;
      expect(await tokenStatus(edge, token)).toBe('200');
    }
  });
});

describe('the lifetime of a token', () => {
  const DAY = 86_400;

  it.each([
    {
      name: 'a day from iat',
      expected: '200',
      claims: { iat: NOW_SECONDS - 60, exp: NOW_SECONDS - 60 + DAY },
    },
    {
      name: 'a day and half a second from iat',
      expected: '401 token_invalid',
      claims: { iat: NOW_SECONDS - 60.5, exp: NOW_SECONDS - 60 + DAY },
    },
    {
      name: 'a day and a second from iat, although nbf is later',
      expected: '401 token_invalid',
      claims: { iat: NOW_SECONDS - DAY, nbf: NOW_SECONDS, exp: NOW_SECONDS + 1 },
    },
    {
      name: 'a day from nbf without an iat',
      expected: '200',
      claims: { iat: undefined, nbf: NOW_SECONDS - 60, exp: NOW_SECONDS - 60 + DAY },
    },
    {
      name: 'a day and a second from nbf without an iat',
      expected: '401 token_invalid',
      claims: { iat: undefined, nbf: NOW_SECONDS - 60, exp: NOW_SECONDS - 59 + DAY },
    },
    {
      name: 'a day from now without iat and nbf',
      expected: '200',
      claims: { iat: undefined, exp: NOW_SECONDS + DAY },
    },
    {
      name: 'a day and half a second from now without iat and nbf',
      expected: '401 token_invalid',
      claims: { iat: undefined, exp: NOW_SECONDS + DAY + 0.5 },
    },
    {
      name: 'a day from now with an iat in the future',
      expected: '200',
      claims: { iat: NOW_SECONDS + 3600, exp: NOW_SECONDS + DAY },
    },
    {
      name: 'a day and a second from now with an iat in the future',
      expected: '401 token_invalid',
      claims: { iat: NOW_SECONDS + 3600, exp: NOW_SECONDS + DAY + 1 },
    },
    {
      name: 'a day and a second from now with an nbf in the future',
      expected: '401 token_invalid',
      claims: { iat: undefined, nbf: NOW_SECONDS + 60, exp: NOW_SECONDS + DAY + 1 },
    },
  ])('a Twilio token that lasts $name gets $expected', async ({ expected, claims }) => {
    const token = await signWithHmac({}, { ...TWILIO_CLAIMS, ...claims });
    expect(await tokenStatus(createTokenEdges()[0].edge, token)).toBe(expected);
  });

  it('a token of an issuer may last 30 days', async () => {
    const token = await signWithRsa({}, { ...CLAIMS, exp: NOW_SECONDS + 30 * DAY });
    expect(await tokenStatus(createTokenEdges()[1].edge, token)).toBe('200');
  });
});
