import { exportJWK, exportSPKI, importJWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { judge } from './asking.ts';
import {
  both,
  edges,
  encode,
  good,
  goodTwilio,
  key,
  refuseEverywhere,
  rsaByHand,
  stranger,
} from './hostile.ts';
import { CLAIMS, handmade, jwt, JWT_ACCESS, NOW_SECONDS, TWILIO_CLAIMS, TWILIO_HEADER } from './tokens.ts';

describe('the header of a token made by hand', () => {
  it('are taken where they are good, so that what follows is refused for its fault alone', async () => {
    const [twilio, jwts] = edges();
    expect(await judge(twilio.edge, goodTwilio)).toBe('200');
    expect(await judge(jwts.edge, await rsaByHand({}))).toBe('200');
  });

  it.each(['none', 'None', 'nOnE', '', undefined, null, 'HS257', 'RS1', '__proto__'])(
    'S40: are refused with alg %j, signed or not',
    async (alg) => {
      for (const [header, claims] of [
        [TWILIO_HEADER, TWILIO_CLAIMS],
        [{ kid: 'rsa' }, CLAIMS],
      ] as const) {
        const parts = `${encode({ ...header, alg })}.${encode(claims)}`;
        await refuseEverywhere(`${parts}.`);
        await refuseEverywhere(parts);
        await refuseEverywhere(`${parts}.${goodTwilio.split('.')[2] ?? ''}`);
        await refuseEverywhere(handmade({ ...header, alg }, claims));
      }
    },
  );

  it('S41: are refused where the public key is the secret', async () => {
    const publicKey = await importJWK({ ...key.jwk, ext: true }, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('The key is a pair.');
    const secrets = [
      await exportSPKI(publicKey),
      JSON.stringify(await exportJWK(publicKey)),
      JSON.stringify(key.jwk),
      key.jwk.n ?? '',
    ];
    for (const secret of secrets) {
      await refuseEverywhere(handmade({ alg: 'HS256', kid: 'rsa', typ: 'JWT' }, CLAIMS, secret));
    }
  });

  it('S41: are refused by the algorithm of the other kind', async () => {
    const [twilio, jwts] = edges();
    expect(await judge(twilio.edge, good)).toBe('401 token_invalid');
    expect(await judge(jwts.edge, goodTwilio)).toBe('401 token_invalid');
    expect(await judge(twilio.edge, await rsaByHand({ cty: 'twilio-fpa;v=1', typ: 'JWT' }))).toBe(
      '401 token_invalid',
    );
  });

  it.each([
    '../../etc/passwd',
    "' OR '1'='1",
    'https://evil.example/jwks.json',
    '__proto__',
    'constructor',
    'rsa ',
    'RSA',
    '',
  ])('S42: are refused with kid %j', async (kid) => {
    const [, jwts] = edges();
    expect(await judge(jwts.edge, await rsaByHand({ kid }))).toBe('401 token_invalid');
    expect(jwts.fetched).toEqual([JWT_ACCESS['JWT_JWKS_URL']]);
  });

  it.each([[null], [7], [['rsa']], [{}]])('S42: are refused with kid %j, which is no text', async (kid) => {
    await refuseEverywhere(await rsaByHand({ kid }));
  });

  it('S42: are refused with a kid of 10 kB', async () => {
    await refuseEverywhere(await rsaByHand({ kid: 'k'.repeat(10_240) }));
  });

  it.each([
    { jku: 'https://evil.example/jwks.json' },
    { x5u: 'https://evil.example/cert.pem' },
    { x5c: ['MIIB'] },
    { jwk: stranger.jwk },
    { jwk: key.jwk },
  ])('S42: are refused with %o, which is never fetched', async (header) => {
    for (const token of await both(header)) await refuseEverywhere(token);
    await refuseEverywhere(await jwt(stranger, CLAIMS, header));
  });

  it.each([
    [{ crit: ['exp'], exp: NOW_SECONDS + 60 }],
    [{ crit: ['b64'], b64: true }],
    [{ crit: [] }],
    [{ crit: 'exp' }],
    [{ b64: false }],
    [{ b64: false, crit: ['b64'] }],
    [{ zip: 'DEF' }],
    [{ enc: 'A256GCM' }],
    [{ cty: 'JWT' }],
    [{ cty: 'jwt' }],
    [{ cty: 5 }],
    [{ cty: null }],
    [{ cty: ['JWT'] }],
    [{ cty: {} }],
    [{ typ: 5 }],
    [{ typ: null }],
    [{ alg: 5 }],
    [{ kid: 5 }],
  ])('S43: are refused with %j', async (header) => {
    for (const token of await both(header)) await refuseEverywhere(token);
  });

  it.each([
    { typ: 'jwt' },
    { typ: 'at+jwt' },
    { typ: undefined },
    { cty: 'twilio-fpa;v=2' },
    { cty: 'twilio-fpa' },
    { cty: undefined },
    { cty: 'Twilio-FPA;v=1' },
  ])('S43: are no Twilio tokens with %j', async (header) => {
    await refuseEverywhere(handmade({ ...TWILIO_HEADER, ...header }, TWILIO_CLAIMS));
  });
});
