import { describe, expect, it } from 'vitest';
import { tokenStatus } from './helpers.ts';
import {
  createTokenEdges,
  validJwt,
  validTwilioToken,
  key,
  expectRejected,
  signRsaWithoutJose,
  signWithHmac,
  signWithRsa,
  unpublishedKey,
} from './token-edges.ts';
import {
  CLAIMS,
  signHmacWithoutJose,
  signJwt,
  signCompact,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
  createTwilioToken,
} from './tokens.ts';

describe('the format of a token', () => {
  it.each([
    { name: 'longer than 8 kB', change: (token: string) => token + 'A'.repeat(8_192) },
    { name: 'of 10,000 dots', change: () => '.'.repeat(10_000) },
    { name: 'of four parts', change: (token: string) => `${token}.AAAA` },
    { name: 'of five parts', change: (token: string) => `${token}.AAAA.AAAA` },
    { name: 'with padding', change: (token: string) => `${token}=` },
    { name: 'with padding in the middle', change: (token: string) => token.replace('.', '=.') },
    { name: 'with a space', change: (token: string) => token.replace('.', '. ') },
    { name: 'with a tab', change: (token: string) => token.replace('.', '.\t') },
    { name: 'in base64', change: (token: string) => token.replace('.', '+.') },
    { name: 'with a foreign letter', change: (token: string) => token.replace('.', '%2E') },
    { name: 'without a signature', change: (token: string) => token.replace(/[^.]*$/, '') },
    { name: 'without a payload', change: (token: string) => token.replace(/\..*\./, '..') },
    { name: 'without a header', change: (token: string) => token.replace(/^[^.]*/, '') },
    { name: 'with a signature cut short', change: (token: string) => token.slice(0, -4) },
    { name: 'with a signature that goes on', change: (token: string) => `${token}AAAA` },
    { name: 'with another last bit', change: respell },
    { name: 'of one character', change: () => 'a' },
  ])('a token $name is rejected', async ({ change }) => {
    await expectRejected(change(validJwt));
    await expectRejected(change(validTwilioToken));
  });

  it('the last of two claims with the same name is used', async () => {
    const twice = (claims: object) => `{"exp":0,${JSON.stringify(claims).slice(1)}`;
    const [twilio, jwt] = createTokenEdges();
    expect(await tokenStatus(twilio.edge, await signWithHmac({}, twice(TWILIO_CLAIMS)))).toBe('200');
    expect(await tokenStatus(jwt.edge, await signWithRsa({}, twice(CLAIMS)))).toBe('200');
  });

  it('a claim __proto__ has no effect', async () => {
    const polluted = (claims: object) =>
      `{"__proto__":${JSON.stringify(claims)},"constructor":{"prototype":{"exp":9}}}`;
    await expectRejected(await signWithHmac({}, polluted(TWILIO_CLAIMS)));
    await expectRejected(await signWithRsa({}, polluted(CLAIMS)));
    const plain: Readonly<Record<string, unknown>> = {};
    expect(plain['exp']).toBeUndefined();
  });

  const INVALID_PAYLOADS = ['[]', '"text"', '7', 'null', 'true', '', '{', '{}{}', '\uFEFF{}'];

  it.each([
    ...INVALID_PAYLOADS.map((text) => ({ name: JSON.stringify(text), text })),
    { name: 'that nests 1,600 arrays', text: '[[[['.repeat(400) },
  ])('a token with the payload $name is rejected', async ({ text }) => {
    await expectRejected(await signWithHmac({}, text));
    await expectRejected(await signWithRsa({}, text));
  });

  it('a token whose payload is not UTF-8 is rejected', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...TWILIO_CLAIMS, x: '?' }));
    bytes[bytes.lastIndexOf(63)] = 0xff;
    await expectRejected(await signWithHmac({}, bytes));
    await expectRejected(await signWithRsa({}, Uint8Array.of(0x7b, 0xc0, 0xaf, 0x7d)));
  });

  it.each(['[]', 'null', '"JWT"', '{"alg"', ''])('a token with the header %j is rejected', async (header) => {
    await expectRejected(signHmacWithoutJose(header, TWILIO_CLAIMS));
    await expectRejected(await signRsaWithoutJose(header, CLAIMS));
  });

  it('the claims of a token with an invalid signature are not evaluated', async () => {
    const forged = { ...CLAIMS, exp: 0, room_sid: 'RM' };
    await expectRejected(await signJwt(unpublishedKey, forged));
    await expectRejected(createTwilioToken({ ttl: -1, room: 'RM', secret: 'another secret' }));
  });

  it('the result of a token with an invalid signature is not cached for its claims', async () => {
    const [twilio, jwt] = createTokenEdges();
    const forged = { ...CLAIMS, exp: 0 };
    const past = { ...TWILIO_CLAIMS, exp: 0 };
    for (const [{ edge }, bad, ended, whole] of [
      [
        twilio,
        await signCompact('another secret', TWILIO_HEADER, past),
        await signWithHmac({}, past),
        validTwilioToken,
      ],
      [jwt, await signJwt(unpublishedKey, forged), await signJwt(key, forged), validJwt],
    ] as const) {
      const results: string[] = [];
      for (const token of [bad, bad, ended, bad, whole, bad]) results.push(await tokenStatus(edge, token));
      const [invalid, expired] = ['401 token_invalid', '401 token_expired'];
      expect(results).toEqual([invalid, invalid, expired, invalid, '200', invalid]);
      expect(edge.reads).toHaveLength(1);
    }
  });
});

/** Sets the unused bits of the last character, which a lenient decoder ignores. */
function respell(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) + 1);
}
