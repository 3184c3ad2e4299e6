import { base64url } from 'jose';
import { expect, it } from 'vitest';
import { type AccessDenied, authorizeFromConfig } from '../../src/auth/authorizer.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createAccountLimits } from '../../src/twilio/resilience/account-limits.ts';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { targetOf } from '../target.ts';
import { CLAIMS, jwt, JWT_ACCESS, makeKey, type IssuerKey } from './tokens.ts';

const key = await makeKey('RS256', 'first');

/** The gate alone, without a server before it, for tokens of one issuer. */
function gateOf({ jwk }: IssuerKey): {
  readonly gate: (token: string) => Promise<AccessDenied | undefined>;
  readonly clock: FakeClock;
  readonly calls: () => number;
} {
  const { access } = parseConfig({ ...JWT_ACCESS, RECORDINGS_SOURCE: 'archive' });
  if (access === undefined) throw new Error('ACCESS is set above.');
  const target = targetOf();
  const clock = createFakeClock();
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    return Response.json({ keys: [jwk] });
  };
  const gate = authorizeFromConfig(access, {
    ...clock,
    fetch,
    monotonic: clock.now,
    account: createAccountLimits(false),
    waitUntil() {},
    report() {},
  });
  return {
    clock,
    calls: () => calls,
    gate: async (token) => {
      const headers = new Headers({ authorization: `Bearer ${token}` });
      const decision = await gate({ method: 'GET', url: '/', headers }, target, clock.now(), 'one');
      return decision !== undefined && 'error' in decision ? decision : undefined;
    },
  };
}

it('S51: 10,000 tokens with unknown keys make one fetch a cooldown', async () => {
  const { gate, clock, calls } = gateOf(key);
  expect(await gate(await jwt(key))).toBeUndefined();
  const [, payload = '', signature = ''] = (await jwt(key)).split('.');
  const flood = async (name: string) => {
    const refusals = await Promise.all(
      Array.from({ length: 10_000 }, (_, index) => {
        const header = base64url.encode(JSON.stringify({ alg: 'RS256', kid: `${name}${index}` }));
        return gate(`${header}.${payload}.${signature}`);
      }),
    );
    return [...new Set(refusals.map((refusal) => refusal?.error))];
  };
  clock.skip(30_000);
  expect(await flood('one')).toEqual(['token_invalid']);
  expect(calls()).toBe(2);
  clock.skip(29_999);
  expect(await flood('two')).toEqual(['token_invalid']);
  expect(calls()).toBe(2);
  clock.skip(1);
  expect(await flood('three')).toEqual(['token_invalid']);
  expect(calls()).toBe(3);
  expect(await gate(await jwt(key, { ...CLAIMS, jti: 'new' }))).toBeUndefined();
});
