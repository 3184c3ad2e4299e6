import { exportJWK, exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { judge } from './asking.ts';
import {
  both,
  bothByHand,
  edges,
  good,
  goodTwilio,
  key,
  refuseEverywhere,
  rsaByHand,
  RSA_HEADER,
  signedByHmac,
  signedByRsa,
  stranger,
} from './hostile.ts';
import {
  CLAIMS,
  handmade,
  jwt,
  JWT_ACCESS,
  NOW_SECONDS,
  signed,
  signingInput,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
} from './tokens.ts';

describe('the header of a token', () => {
  it('S43: is taken where it is good, so that what follows is refused for its fault alone', async () => {
    const [twilio, jwts] = edges();
    const [mine, theirs] = await both({});
    for (const token of [goodTwilio, mine]) expect(await judge(twilio.edge, token)).toBe('200');
    for (const token of [good, theirs]) expect(await judge(jwts.edge, token)).toBe('200');
    // By hand comes what jose makes, wherever jose makes it.
    expect([handmade(TWILIO_HEADER, TWILIO_CLAIMS), await rsaByHand(RSA_HEADER, CLAIMS)]).toEqual([
      mine,
      theirs,
    ]);
  });

  it('S40: is refused where jose itself leaves a token unsigned', async () => {
    for (const claims of [TWILIO_CLAIMS, CLAIMS]) {
      const token = new UnsecuredJWT(claims).encode();
      await refuseEverywhere(token);
      await refuseEverywhere(token.slice(0, -1));
    }
  });

  it.each(['none', 'None', 'nOnE', '', undefined, null, 'HS257', 'RS1', '__proto__'])(
    'S40: is refused with alg %j, signed or not',
    async (alg) => {
      for (const token of await bothByHand({ alg })) await refuseEverywhere(token);
      for (const [header, claims] of [
        [TWILIO_HEADER, TWILIO_CLAIMS],
        [RSA_HEADER, CLAIMS],
      ] as const) {
        const parts = signingInput({ ...header, alg }, claims);
        await refuseEverywhere(`${parts}.`);
        await refuseEverywhere(parts);
        await refuseEverywhere(`${parts}.${goodTwilio.split('.')[2] ?? ''}`);
      }
    },
  );

  it('S41: is refused where the public key is the secret', async () => {
    const publicKey = await importJWK({ ...key.jwk, ext: true }, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('The key is a pair.');
    const secrets = [
      await exportSPKI(publicKey),
      JSON.stringify(await exportJWK(publicKey)),
      JSON.stringify(key.jwk),
      key.jwk.n ?? '',
    ];
    for (const secret of secrets) {
      await refuseEverywhere(await signed(secret, { alg: 'HS256', kid: 'rsa', typ: 'JWT' }, CLAIMS));
    }
  });

  it('S41: is refused by the algorithm of the other kind', async () => {
    const [twilio, jwts] = edges();
    expect(await judge(twilio.edge, good)).toBe('401 token_invalid');
    expect(await judge(jwts.edge, goodTwilio)).toBe('401 token_invalid');
    await refuseEverywhere(await signedByHmac({ kid: 'rsa' }, CLAIMS));
    await refuseEverywhere(await signedByRsa({ cty: 'twilio-fpa;v=1', typ: 'JWT' }, TWILIO_CLAIMS));
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
  ])('S42: is refused with kid %j', async (kid) => {
    const [, jwts] = edges();
    expect(await judge(jwts.edge, await signedByRsa({ kid }))).toBe('401 token_invalid');
    expect(jwts.fetched).toEqual([JWT_ACCESS['JWT_JWKS_URL']]);
  });

  it.each([[null], [7], [['rsa']], [{}]])('S42: is refused with kid %j, which is no text', async (kid) => {
    await refuseEverywhere(await signedByRsa({ kid }));
  });

  it('S42: is refused with a kid of 10 kB', async () => {
    await refuseEverywhere(await signedByRsa({ kid: 'k'.repeat(10_240) }));
  });

  it.each([
    { jku: 'https://evil.example/jwks.json' },
    { x5u: 'https://evil.example/cert.pem' },
    { x5c: ['MIIB'] },
    { jwk: stranger.jwk },
    { jwk: key.jwk },
  ])('S42: is refused with %o, which is never fetched', async (header) => {
    for (const token of await both(header)) await refuseEverywhere(token);
    await refuseEverywhere(await jwt(stranger, CLAIMS, header));
  });

  it.each([
    [{ crit: ['exp'], exp: NOW_SECONDS + 60 }],
    [{ crit: ['b64'], b64: true }],
    [{ b64: false }],
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
    [{ kid: 5 }],
  ])('S43: is refused with %j', async (header) => {
    for (const token of await both(header)) await refuseEverywhere(token);
  });

  it.each([[{ crit: [] }], [{ crit: 'exp' }], [{ b64: false, crit: ['b64'] }], [{ alg: 5 }]])(
    'S43: is refused with %j, which jose signs for nobody',
    async (header) => {
      for (const token of await bothByHand(header)) await refuseEverywhere(token);
    },
  );

  it.each([
    { typ: 'jwt' },
    { typ: 'at+jwt' },
    { typ: undefined },
    { cty: 'twilio-fpa;v=2' },
    { cty: 'twilio-fpa' },
    { cty: undefined },
    { cty: 'Twilio-FPA;v=1' },
  ])('S43: is no Twilio token’s with %j', async (header) => {
    await refuseEverywhere(await signedByHmac(header));
  });
});
