import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { base64url } from 'jose';
import { expect, it } from 'vitest';
import { type AccessDenied, createAuthorizer } from '../../src/auth/authorizer.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createAccountLimits } from '../../src/twilio/resilience/account-limits.ts';
import { parseTarget } from '../support/recording.ts';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey, type IssuerKey } from './tokens.ts';

const key = await createIssuerKey('RS256', 'first');

/** Creates the authorizer of one issuer's tokens, without a server. */
function createIssuerAuthorizer({ jwk }: IssuerKey): {
  readonly authorize: (token: string) => Promise<AccessDenied | undefined>;
  readonly clock: FakeClock;
  readonly calls: () => number;
} {
  const { access } = parseConfig({ ...JWT_ACCESS, RECORDINGS_SOURCE: 'archive' });
  if (access === undefined || access === 'public') throw new Error('ACCESS is set above.');
  const target = parseTarget();
  const clock = createFakeClock();
  let calls = 0;
  const fetch = async () => {
    calls += 1;
    return Response.json({ keys: [jwk] });
  };
  const authorizeRequest = createAuthorizer(access, undefined, {
    ...clock,
    fetch,
    monotonic: clock.now,
    account: createAccountLimits(false),
    waitUntil() {},
    logger: { wants: () => false, write() {} },
  });
  return {
    clock,
    calls: () => calls,
    authorize: async (token) => {
      const headers = new Headers({ authorization: `Bearer ${token}` });
      const decision = await authorizeRequest(
        { method: 'GET', url: '/', headers },
        target,
        clock.now(),
        'one',
      );
      return decision !== undefined && 'error' in decision ? decision : undefined;
    },
  };
}

it('10,000 tokens with unknown keys cause one fetch of the JWKS per cooldown', async () => {
  const { authorize, clock, calls } = createIssuerAuthorizer(key);
  expect(await authorize(await signJwt(key))).toBeUndefined();
  const [, payload = '', signature = ''] = (await signJwt(key)).split('.');
  const flood = async (name: string) => {
    const decisions = await Promise.all(
      Array.from({ length: 10_000 }, (_, index) => {
        const header = base64url.encode(JSON.stringify({ alg: 'RS256', kid: `${name}${index}` }));
        return authorize(`${header}.${payload}.${signature}`);
      }),
    );
    return [...new Set(decisions.map((denied) => denied?.error))];
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
  expect(await authorize(await signJwt(key, { ...CLAIMS, jti: 'new' }))).toBeUndefined();
});
