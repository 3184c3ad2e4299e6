import { exportJWK, exportSPKI, importJWK, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { tokenStatus } from './helpers.ts';
import {
  signBoth,
  signBothWithoutJose,
  createTokenEdges,
  validJwt,
  validTwilioToken,
  key,
  expectRejected,
  signRsaWithoutJose,
  RSA_HEADER,
  signWithHmac,
  signWithRsa,
  unpublishedKey,
} from './token-edges.ts';
import {
  CLAIMS,
  signHmacWithoutJose,
  signJwt,
  JWT_ACCESS,
  NOW_SECONDS,
  signCompact,
  signingInput,
  TWILIO_CLAIMS,
  TWILIO_HEADER,
} from './tokens.ts';

describe('the header of a token', () => {
  it('the valid tokens of the other tests are accepted', async () => {
    const [twilio, jwt] = createTokenEdges();
    const [twilioToken, issuerToken] = await signBoth({});
    for (const token of [validTwilioToken, twilioToken])
      expect(await tokenStatus(twilio.edge, token)).toBe('200');
    for (const token of [validJwt, issuerToken]) expect(await tokenStatus(jwt.edge, token)).toBe('200');
    // Tokens that are signed without jose equal those of jose.
    expect([
      signHmacWithoutJose(TWILIO_HEADER, TWILIO_CLAIMS),
      await signRsaWithoutJose(RSA_HEADER, CLAIMS),
    ]).toEqual([twilioToken, issuerToken]);
  });

  it('an unsigned token of jose is rejected', async () => {
    for (const claims of [TWILIO_CLAIMS, CLAIMS]) {
      const token = new UnsecuredJWT(claims).encode();
      await expectRejected(token);
      await expectRejected(token.slice(0, -1));
    }
  });

  it.each(['none', 'None', 'nOnE', '', undefined, null, 'HS257', 'RS1', '__proto__'])(
    'a token with alg %j is rejected, signed or not',
    async (alg) => {
      for (const token of await signBothWithoutJose({ alg })) await expectRejected(token);
      for (const [header, claims] of [
        [TWILIO_HEADER, TWILIO_CLAIMS],
        [RSA_HEADER, CLAIMS],
      ] as const) {
        const parts = signingInput({ ...header, alg }, claims);
        await expectRejected(`${parts}.`);
        await expectRejected(parts);
        await expectRejected(`${parts}.${validTwilioToken.split('.')[2] ?? ''}`);
      }
    },
  );

  it('a token that is signed with the public key as HMAC secret is rejected', async () => {
    const publicKey = await importJWK({ ...key.jwk, ext: true }, 'RS256', { extractable: true });
    if (publicKey instanceof Uint8Array) throw new Error('The key is a pair.');
    const secrets = [
      await exportSPKI(publicKey),
      JSON.stringify(await exportJWK(publicKey)),
      JSON.stringify(key.jwk),
      key.jwk.n ?? '',
    ];
    for (const secret of secrets) {
      await expectRejected(await signCompact(secret, { alg: 'HS256', kid: 'rsa', typ: 'JWT' }, CLAIMS));
    }
  });

  it('a token of an issuer is rejected as a Twilio token, and a Twilio token as one of an issuer', async () => {
    const [twilio, jwt] = createTokenEdges();
    expect(await tokenStatus(twilio.edge, validJwt)).toBe('401 token_invalid');
    expect(await tokenStatus(jwt.edge, validTwilioToken)).toBe('401 token_invalid');
    await expectRejected(await signWithHmac({ kid: 'rsa' }, CLAIMS));
    await expectRejected(await signWithRsa({ cty: 'twilio-fpa;v=1', typ: 'JWT' }, TWILIO_CLAIMS));
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
  ])('a token with kid %j is rejected', async (kid) => {
    const [, jwt] = createTokenEdges();
    expect(await tokenStatus(jwt.edge, await signWithRsa({ kid }))).toBe('401 token_invalid');
    expect(jwt.fetchedUrls).toEqual([JWT_ACCESS['JWT_JWKS_URL']]);
  });

  it.each([{ kid: null }, { kid: 7 }, { kid: ['rsa'] }, { kid: {} }])(
    'a token with kid $kid, which is not a string, is rejected',
    async ({ kid }) => {
      await expectRejected(await signWithRsa({ kid }));
    },
  );

  it('a token with a kid of 10 kB is rejected', async () => {
    await expectRejected(await signWithRsa({ kid: 'k'.repeat(10_240) }));
  });

  it.each([
    { name: 'jku', header: { jku: 'https://evil.example/jwks.json' } },
    { name: 'x5u', header: { x5u: 'https://evil.example/cert.pem' } },
    { name: 'x5c', header: { x5c: ['MIIB'] } },
    { name: 'the jwk of another key', header: { jwk: unpublishedKey.jwk } },
    { name: 'the jwk of the same key', header: { jwk: key.jwk } },
  ])('a token with $name is rejected, and its URL is not fetched', async ({ header }) => {
    for (const token of await signBoth(header)) await expectRejected(token);
    await expectRejected(await signJwt(unpublishedKey, CLAIMS, header));
  });

  it.each([
    { header: { crit: ['exp'], exp: NOW_SECONDS + 60 } },
    { header: { crit: ['b64'], b64: true } },
    { header: { b64: false } },
    { header: { zip: 'DEF' } },
    { header: { enc: 'A256GCM' } },
    { header: { cty: 'JWT' } },
    { header: { cty: 'jwt' } },
    { header: { cty: 5 } },
    { header: { cty: null } },
    { header: { cty: ['JWT'] } },
    { header: { cty: {} } },
    { header: { typ: 5 } },
    { header: { typ: null } },
    { header: { kid: 5 } },
  ])('a token with the header $header is rejected', async ({ header }) => {
    for (const token of await signBoth(header)) await expectRejected(token);
  });

  it.each([
    { header: { crit: [] } },
    { header: { crit: 'exp' } },
    { header: { b64: false, crit: ['b64'] } },
    { header: { alg: 5 } },
  ])('a token with the header $header, which jose does not sign, is rejected', async ({ header }) => {
    for (const token of await signBothWithoutJose(header)) await expectRejected(token);
  });

  it.each([
    { name: 'typ jwt', header: { typ: 'jwt' } },
    { name: 'typ at+jwt', header: { typ: 'at+jwt' } },
    { name: 'no typ', header: { typ: undefined } },
    { name: 'another version in cty', header: { cty: 'twilio-fpa;v=2' } },
    { name: 'no version in cty', header: { cty: 'twilio-fpa' } },
    { name: 'no cty', header: { cty: undefined } },
    { name: 'cty in another case', header: { cty: 'Twilio-FPA;v=1' } },
  ])('a Twilio token with $name is rejected', async ({ header }) => {
    await expectRejected(await signWithHmac(header));
  });
});
