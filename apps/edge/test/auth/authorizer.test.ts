import { describe, expect, it } from 'vitest';
import type { HttpRequest } from '../../src/http/types.ts';
import { createAuthorize, TOKEN_MISSING } from '../../src/auth/authorizer.ts';
import { forbidden, invalidToken, type AuthFailure, type AuthStrategy } from '../../src/auth/strategy.ts';
import type { LogEntry } from '../../src/logging.ts';
import { NOW } from '../clock.ts';
import { targetOf } from '../target.ts';

const asked: HttpRequest = { method: 'GET', headers: new Headers() };

const grants: AuthStrategy = () => async () => 'granted';
const fails: AuthStrategy = () => () => Promise.reject(new Error('canary'));
const throws: AuthStrategy = () => {
  throw new TypeError('canary');
};

/** What a gate of these ways says, and what it logs. */
async function ask(...ways: readonly AuthStrategy[]) {
  const lines: LogEntry[] = [];
  const gate = createAuthorize(ways, TOKEN_MISSING, { now: () => NOW, report: (line) => lines.push(line) });
  return { refusal: await gate(asked, targetOf(), NOW, 'request-7'), lines };
}

describe('a way of access that fails', () => {
  it.each([
    ['later', fails],
    ['at once', throws],
  ])('S43: %s denies by itself, and takes no other way down', async (_when, broken) => {
    for (const ways of [
      [broken, grants],
      [grants, broken],
    ]) {
      expect((await ask(...ways)).refusal).toBeUndefined();
    }
  });

  it.each([
    ['later', fails],
    ['at once', throws],
  ])('S26: %s leaves the door closed, and a line without what it said', async (_when, broken) => {
    const { refusal, lines } = await ask(broken);
    expect(refusal).toEqual({ error: 'auth_unavailable', fields: [['retry-after', '5']] });
    expect(lines).toEqual([
      expect.objectContaining({ level: 'error', access: 'failed', request_id: 'request-7' }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });
});

describe('what a way denies', () => {
  const deny =
    (denial: AuthFailure): AuthStrategy =>
    () =>
    () =>
      Promise.resolve(denial);

  it('has its reason in the log at debug, and the answer does not', async () => {
    const { refusal, lines } = await ask(
      deny(invalidToken('ERR_JWT_CLAIM_VALIDATION_FAILED aud')),
      deny(forbidden('another room')),
    );
    const common = { level: 'debug', time: new Date(NOW).toISOString(), request_id: 'request-7' };
    expect(lines).toEqual([
      { ...common, access: 'token_invalid', reason: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud' },
      { ...common, access: 'forbidden', reason: 'another room' },
    ]);
    expect(refusal).toEqual({ error: 'forbidden', fields: [] });
  });

  it('is no line where another way grants it', async () => {
    expect((await ask(deny(invalidToken('form')), grants)).lines).toEqual([]);
  });
});
