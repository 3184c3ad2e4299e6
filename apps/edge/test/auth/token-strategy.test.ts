import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { isGranted, type AuthFailure } from '../../src/auth/strategy.ts';
import { createTokenStrategy } from '../../src/auth/token-strategy.ts';
import { parseTarget } from '../support/recording.ts';
import { NOW_SECONDS, signHmacWithoutJose, TWILIO_CLAIMS, TWILIO_HEADER } from './tokens.ts';

const token = signHmacWithoutJose(TWILIO_HEADER, TWILIO_CLAIMS);
const otherToken = signHmacWithoutJose(TWILIO_HEADER, { ...TWILIO_CLAIMS, jti: 'other' });

/** Creates a strategy that accepts every token, with the list of the tokens that it has verified. */
function acceptAll(header: string): {
  readonly verified: string[];
  readonly send: (value: string) => Promise<'granted' | 'no-credentials' | AuthFailure>;
} {
  const verified: string[] = [];
  const strategy = createTokenStrategy<true>({
    header,
    keyVersion: () => 0,
    verify: async (received) => {
      verified.push(received);
      return { grant: true, verifiedAt: NOW, validUntil: NOW + 1, expiresAt: NOW_SECONDS + 1, keyVersion: 0 };
    },
    authorizeRoom: () => 'granted',
  });
  return {
    verified,
    async send(value) {
      const headers = { get: (name: string) => (name === header ? value : undefined) };
      const attempt = strategy({ method: 'GET', url: '/', headers }, parseTarget(), NOW);
      const result = typeof attempt === 'function' ? await attempt('request-1') : attempt;
      return isGranted(result) ? 'granted' : result;
    },
  };
}

describe('createTokenStrategy() with a token that was verified before', () => {
  it('verifies the token once for all spellings of Authorization, and keeps other tokens cached', async () => {
    const { verified, send } = acceptAll('authorization');
    expect(await send(`Bearer ${otherToken}`)).toBe('granted');
    for (let spaces = 1; spaces < 3_000; spaces += 1) {
      const scheme = spaces % 2 === 0 ? 'Bearer' : 'bEaReR';
      expect(await send(`${scheme}${' '.repeat(spaces)}${token}`)).toBe('granted');
    }
    expect(await send(`Bearer ${token}   `)).toBe('granted');
    expect(await send(`Bearer ${token}`)).toBe('granted');
    expect(await send(`Bearer ${otherToken}`)).toBe('granted');
    expect(verified).toEqual([otherToken, token]);
  });

  it('reads the whole value of a header other than Authorization as the token', async () => {
    const { verified, send } = acceptAll('x-session');
    for (let round = 0; round < 2; round += 1) expect(await send(token)).toBe('granted');
    expect(await send(`Bearer ${token}`)).toMatchObject({ error: 'token_invalid' });
    expect(verified).toEqual([token]);
  });
});
