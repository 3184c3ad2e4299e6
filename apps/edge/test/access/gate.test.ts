import { describe, expect, it } from 'vitest';
import type { Asked } from '../../src/asked.ts';
import { gateOf, TOKEN_MISSING } from '../../src/access/gate.ts';
import { forbidden, tokenInvalid, type Denial, type Way } from '../../src/access/verdict.ts';
import type { LogLine } from '../../src/log.ts';
import { NOW } from '../clock.ts';
import { targetOf } from '../target.ts';

const asked: Asked = { method: 'GET', headers: new Headers() };

const grants: Way = () => async () => 'granted';
const fails: Way = () => () => Promise.reject(new Error('canary'));
const throws: Way = () => {
  throw new TypeError('canary');
};

/** What a gate of these ways says, and what it logs. */
async function ask(...ways: readonly Way[]) {
  const lines: LogLine[] = [];
  const gate = gateOf(ways, TOKEN_MISSING, { now: () => NOW, report: (line) => lines.push(line) });
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
    (denial: Denial): Way =>
    () =>
    () =>
      Promise.resolve(denial);

  it('has its reason in the log at debug, and the answer does not', async () => {
    const { refusal, lines } = await ask(
      deny(tokenInvalid('ERR_JWT_CLAIM_VALIDATION_FAILED aud')),
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
    expect((await ask(deny(tokenInvalid('form')), grants)).lines).toEqual([]);
  });
});
