import { describe, expect, it } from 'vitest';
import { judge } from './asking.ts';
import {
  edges,
  good,
  goodTwilio,
  key,
  refuseEverywhere,
  rsaByHand,
  signedByHmac,
  signedByRsa,
  stranger,
} from './hostile.ts';
import { CLAIMS, handmade, jwt, signed, TWILIO_CLAIMS, TWILIO_HEADER, twilioToken } from './tokens.ts';

describe('the form of a token', () => {
  it.each([
    ['longer than 8 kB', (token: string) => token + 'A'.repeat(8_192)],
    ['of 10,000 dots', () => '.'.repeat(10_000)],
    ['of four parts', (token: string) => `${token}.AAAA`],
    ['of five parts', (token: string) => `${token}.AAAA.AAAA`],
    ['with padding', (token: string) => `${token}=`],
    ['with padding in the middle', (token: string) => token.replace('.', '=.')],
    ['with a space', (token: string) => token.replace('.', '. ')],
    ['with a tab', (token: string) => token.replace('.', '.\t')],
    ['in base64', (token: string) => token.replace('.', '+.')],
    ['with a foreign letter', (token: string) => token.replace('.', '%2E')],
    ['without a signature', (token: string) => token.replace(/[^.]*$/, '')],
    ['without a payload', (token: string) => token.replace(/\..*\./, '..')],
    ['without a header', (token: string) => token.replace(/^[^.]*/, '')],
    ['with a signature cut short', (token: string) => token.slice(0, -4)],
    ['with a signature that goes on', (token: string) => `${token}AAAA`],
    ['with another last bit', respell],
    ['of one character', () => 'a'],
  ])('S47: are refused %s', async (_what, change) => {
    await refuseEverywhere(change(good));
    await refuseEverywhere(change(goodTwilio));
  });

  it('S48: of two members with one name the last one counts, consistently', async () => {
    const twice = (claims: object) => `{"exp":0,${JSON.stringify(claims).slice(1)}`;
    const [twilio, jwts] = edges();
    expect(await judge(twilio.edge, await signedByHmac({}, twice(TWILIO_CLAIMS)))).toBe('200');
    expect(await judge(jwts.edge, await signedByRsa({}, twice(CLAIMS)))).toBe('200');
  });

  it('S48: have no effect by a member __proto__', async () => {
    const polluted = (claims: object) =>
      `{"__proto__":${JSON.stringify(claims)},"constructor":{"prototype":{"exp":9}}}`;
    await refuseEverywhere(await signedByHmac({}, polluted(TWILIO_CLAIMS)));
    await refuseEverywhere(await signedByRsa({}, polluted(CLAIMS)));
    const plain: Readonly<Record<string, unknown>> = {};
    expect(plain['exp']).toBeUndefined();
  });

  it.each(['[]', '"text"', '7', 'null', 'true', '', '{', '{}{}', '\uFEFF{}', '[[[['.repeat(400)])(
    'S48: are refused where the payload is %j',
    async (text) => {
      await refuseEverywhere(await signedByHmac({}, text));
      await refuseEverywhere(await signedByRsa({}, text));
    },
  );

  it('S48: are refused where the payload is no UTF-8', async () => {
    const bytes = new TextEncoder().encode(JSON.stringify({ ...TWILIO_CLAIMS, x: '?' }));
    bytes[bytes.lastIndexOf(63)] = 0xff;
    await refuseEverywhere(await signedByHmac({}, bytes));
    await refuseEverywhere(await signedByRsa({}, Uint8Array.of(0x7b, 0xc0, 0xaf, 0x7d)));
  });

  it.each(['[]', 'null', '"JWT"', '{"alg"', ''])(
    'S48: are refused where the header is %j',
    async (header) => {
      await refuseEverywhere(handmade(header, TWILIO_CLAIMS));
      await refuseEverywhere(await rsaByHand(header, CLAIMS));
    },
  );

  it('S50: are not looked into before their signature is good', async () => {
    const forged = { ...CLAIMS, exp: 0, room_sid: 'RM' };
    await refuseEverywhere(await jwt(stranger, forged));
    await refuseEverywhere(twilioToken({ ttl: -1, room: 'RM', secret: 'another secret' }));
  });

  it('S50: are not remembered for their claims where their signature is bad', async () => {
    const [twilio, jwts] = edges();
    const forged = { ...CLAIMS, exp: 0 };
    const past = { ...TWILIO_CLAIMS, exp: 0 };
    for (const [{ edge }, bad, ended, whole] of [
      [twilio, await signed('another secret', TWILIO_HEADER, past), await signedByHmac({}, past), goodTwilio],
      [jwts, await jwt(stranger, forged), await jwt(key, forged), good],
    ] as const) {
      const said: string[] = [];
      for (const token of [bad, bad, ended, bad, whole, bad]) said.push(await judge(edge, token));
      const [invalid, over] = ['401 token_invalid', '401 token_expired'];
      expect(said).toEqual([invalid, invalid, over, invalid, '200', invalid]);
      expect(edge.reads).toHaveLength(1);
    }
  });
});

/** The same bytes by a lenient decoder: the bits that the last character has left over are not zero. */
function respell(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) + 1);
}
