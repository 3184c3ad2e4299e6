import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { combineStrategies, TOKEN_MISSING } from '../../src/auth/authorizer.ts';
import { forbidden, invalidToken, type AuthFailure, type AuthStrategy } from '../../src/auth/strategy.ts';
import type { HttpRequest } from '../../src/http/types.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { parseTarget } from '../support/recording.ts';

const request: HttpRequest = { method: 'GET', url: '/', headers: new Headers() };

const granting: AuthStrategy = () => async () => ({ credential: 'token 1', expiresAt: 1_900_000_000 });
const rejecting: AuthStrategy = () => () => Promise.reject(new Error('canary'));
const throwing: AuthStrategy = () => {
  throw new TypeError('canary');
};

/** Creates a strategy that returns a failure. */
function failing(failure: AuthFailure): AuthStrategy {
  return () => async () => failure;
}

/** Authorizes one request with these strategies, and returns the decision and the log entries. */
async function authorizeWith(...strategies: readonly AuthStrategy[]) {
  const entries: LoggedEntry[] = [];
  const authorize = combineStrategies(strategies, TOKEN_MISSING, {
    now: () => NOW,
    logger: { wants: () => true, write: (entry) => entries.push(entry) },
  });
  return { decision: await authorize(request, parseTarget(), NOW, 'request-7'), entries };
}

const BROKEN_STRATEGIES = [
  { name: 'a strategy that rejects', broken: rejecting },
  { name: 'a strategy that throws', broken: throwing },
];

describe('combineStrategies() with a strategy that fails with an error', () => {
  it.each(BROKEN_STRATEGIES)(
    '$name does not keep another strategy from granting access',
    async ({ broken }) => {
      for (const strategies of [
        [broken, granting],
        [granting, broken],
      ]) {
        expect((await authorizeWith(...strategies)).decision).toEqual({
          credential: 'token 1',
          expiresAt: 1_900_000_000,
        });
      }
    },
  );

  it.each(BROKEN_STRATEGIES)(
    '$name denies access and is logged without the message of the error',
    async ({ broken }) => {
      const { decision, entries } = await authorizeWith(broken);
      expect(decision).toEqual({ error: 'auth_unavailable', headers: [['retry-after', '5']] });
      expect(entries).toEqual([
        expect.objectContaining({ event: 'auth.strategy_failed', request_id: 'request-7' }),
      ]);
      expect(JSON.stringify(entries)).not.toContain('canary');
    },
  );
});

describe('combineStrategies() with strategies that return a failure', () => {
  it('logs the reason of each failure at level debug and leaves it out of the response', async () => {
    const { decision, entries } = await authorizeWith(
      failing(invalidToken('ERR_JWT_CLAIM_VALIDATION_FAILED aud')),
      failing(forbidden('another room')),
    );
    const common = {
      time: new Date(NOW).toISOString(),
      level: 'debug',
      event: 'auth.denied',
      msg: 'Request not authorized',
      request_id: 'request-7',
    };
    expect(entries).toEqual([
      { ...common, code: 'token_invalid', reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud' },
      { ...common, code: 'forbidden', reason: 'another room' },
    ]);
    expect(decision).toEqual({ error: 'forbidden', headers: [] });
  });

  it('does not log a failure if another strategy grants access', async () => {
    expect((await authorizeWith(failing(invalidToken('form')), granting)).entries).toEqual([]);
  });
});
