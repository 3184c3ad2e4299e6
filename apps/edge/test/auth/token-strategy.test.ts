import { describe, expect, it } from 'vitest';
import { tokenStrategy } from '../../src/auth/token-strategy.ts';
import { isGranted, type AuthResult } from '../../src/auth/strategy.ts';
import { NOW } from '../clock.ts';
import { targetOf } from '../target.ts';
import { handmade, TWILIO_CLAIMS, TWILIO_HEADER } from './tokens.ts';

const mine = handmade(TWILIO_HEADER, TWILIO_CLAIMS);
const others = handmade(TWILIO_HEADER, { ...TWILIO_CLAIMS, jti: 'other' });

/** A way that takes every token; what it verified, and what it says to a value of its header. */
function takeAll(header: string): {
  readonly verified: string[];
  readonly say: (value: string) => Promise<AuthResult>;
} {
  const verified: string[] = [];
  const way = tokenStrategy<true>({
    header,
    edition: () => 0,
    verify: async (token) => {
      verified.push(token);
      return { grant: true, from: NOW, until: NOW + 1, edition: 0 };
    },
    admit: () => 'granted',
  });
  return {
    verified,
    async say(value) {
      const headers = { get: (name: string) => (name === header ? value : undefined) };
      const opinion = way({ method: 'GET', headers }, targetOf(), NOW);
      const verdict = typeof opinion === 'function' ? await opinion() : opinion;
      return isGranted(verdict) ? 'granted' : verdict;
    },
  };
}

describe('a token that was verified', () => {
  it('S49, S69: is one however it is written, and drives nobody else’s out', async () => {
    const { verified, say } = takeAll('authorization');
    expect(await say(`Bearer ${others}`)).toBe('granted');
    for (let spaces = 1; spaces < 3_000; spaces += 1) {
      expect(await say(`${spaces % 2 === 0 ? 'Bearer' : 'bEaReR'}${' '.repeat(spaces)}${mine}`)).toBe(
        'granted',
      );
    }
    expect(await say(`Bearer ${mine}   `)).toBe('granted');
    expect(await say(`Bearer ${mine}`)).toBe('granted');
    expect(await say(`Bearer ${others}`)).toBe('granted');
    expect(verified).toEqual([others, mine]);
  });

  it('is taken as it is from a header of its own', async () => {
    const { verified, say } = takeAll('x-session');
    for (let round = 0; round < 2; round += 1) expect(await say(mine)).toBe('granted');
    expect(await say(`Bearer ${mine}`)).toMatchObject({ error: 'token_invalid' });
    expect(verified).toEqual([mine]);
  });
});
