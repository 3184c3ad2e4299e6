import { NOW } from '@room-recordings/testing/fake-clock';
import { describe, expect, it } from 'vitest';
import { PATH, ROOM_SID } from '../support/recording.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { statusAndCode } from './runtime-cases.ts';
import { AUDIENCE, CLAIMS, ISSUER, signJwt, JWT_ACCESS, createIssuerKey, NOW_SECONDS } from './tokens.ts';

const rsa = await createIssuerKey('RS256', 'rsa');
const ec = await createIssuerKey('ES256', 'ec');
const jwks = Response.json({ keys: [rsa.jwk, ec.jwk] });

const createEdge = (variables: Readonly<Record<string, string>> = {}): TestEdge =>
  createTestEdge(undefined, { ...JWT_ACCESS, ...variables }, { fetch: async () => jwks.clone() });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;

describe('ACCESS=jwt', () => {
  it('accepts a token of the issuer by each of its keys', async () => {
    expect(await tokenStatus(createEdge(), await signJwt(rsa))).toBe('200');
    expect(await tokenStatus(createEdge(), await signJwt(ec))).toBe('200');
  });

  it.each([
    {
      name: 'the audience among others',
      claims: { aud: ['https://other.example.com', AUDIENCE] },
      header: {},
    },
    { name: 'no iat', claims: { iat: undefined }, header: {} },
    { name: 'the type of an access token', claims: {}, header: { typ: 'at+jwt' } },
    { name: 'no type', claims: {}, header: { typ: undefined } },
  ])('accepts a token with $name', async ({ claims, header }) => {
    expect(await tokenStatus(createEdge(), await signJwt(rsa, { ...CLAIMS, ...claims }, header))).toBe('200');
  });

  it.each([
    { name: 'another issuer', claims: { iss: 'https://evil.example/' } },
    { name: 'the issuer without its slash', claims: { iss: ISSUER.slice(0, -1) } },
    { name: 'no issuer', claims: { iss: undefined } },
    { name: 'another audience', claims: { aud: 'https://other.example.com' } },
    { name: 'other audiences', claims: { aud: ['https://other.example.com'] } },
    { name: 'no audience', claims: { aud: undefined } },
    { name: 'no audience in a list', claims: { aud: [] } },
  ])('rejects a token with $name', async ({ claims }) => {
    expect(await tokenStatus(createEdge(), await signJwt(rsa, { ...CLAIMS, ...claims }))).toBe(
      '401 token_invalid',
    );
  });

  it('accepts the configured algorithms only', async () => {
    const onlyEc = createEdge({ JWT_ALGORITHMS: 'ES256' });
    expect(await tokenStatus(onlyEc, await signJwt(rsa))).toBe('401 token_invalid');
    expect(await tokenStatus(onlyEc, await signJwt(ec))).toBe('200');
  });

  it('accepts a key for its own algorithm only', async () => {
    const pss = await createIssuerKey('PS256', 'pss');
    const fetch = async () => Response.json({ keys: [pss.jwk] });
    const both = createTestEdge(undefined, { ...JWT_ACCESS, JWT_ALGORITHMS: 'PS256,RS256' }, { fetch });
    expect(await tokenStatus(both, await signJwt(pss))).toBe('200');
    expect(await tokenStatus(both, await signJwt({ ...rsa, kid: 'pss' }))).toBe('401 token_invalid');
  });

  it.each([
    'RS256',
    'RS384',
    'RS512',
    'PS256',
    'PS384',
    'PS512',
    'ES256',
    'ES384',
    'ES512',
    'EdDSA',
    'Ed25519',
  ])('verifies a token signed by %s', async (alg) => {
    const key = await createIssuerKey(alg, alg);
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const configured = createTestEdge(undefined, { ...JWT_ACCESS, JWT_ALGORITHMS: alg }, { fetch });
    expect(await tokenStatus(configured, await signJwt(key))).toBe('200');
  });

  it.each([
    { name: 'the room', expected: '200', room: ROOM_SID },
    { name: 'the room in upper case', expected: '200', room: `RM${'A'.repeat(32)}` },
    { name: 'a list with the room', expected: '200', room: [OTHER_ROOM, ROOM_SID] },
    { name: 'every room', expected: '200', room: '*' },
    { name: 'another room', expected: '403 forbidden', room: OTHER_ROOM },
    { name: 'a list without the room', expected: '403 forbidden', room: [OTHER_ROOM] },
    { name: 'an empty list', expected: '403 forbidden', room: [] },
    { name: 'a list with a star', expected: '403 forbidden', room: ['*'] },
    { name: 'a room in a list in a list', expected: '403 forbidden', room: [[ROOM_SID]] },
    { name: 'a pattern', expected: '403 forbidden', room: 'RM*' },
    { name: 'a room among spaces', expected: '403 forbidden', room: ` ${ROOM_SID} ` },
    { name: 'rooms with a comma', expected: '403 forbidden', room: `${ROOM_SID},${OTHER_ROOM}` },
    { name: 'true', expected: '403 forbidden', room: true },
    { name: 'an object', expected: '403 forbidden', room: { [ROOM_SID]: true } },
    { name: 'null', expected: '403 forbidden', room: null },
    { name: 'absent', expected: '403 forbidden', room: undefined },
  ])('a token whose room claim is $name gets $expected', async ({ expected, room }) => {
    expect(await tokenStatus(createEdge(), await signJwt(rsa, { ...CLAIMS, room_sid: room }))).toBe(expected);
  });

  it('reads the rooms from the claim of JWT_ROOM_CLAIM only', async () => {
    const claim = 'https://example.com/rooms';
    const configured = createEdge({ JWT_ROOM_CLAIM: claim });
    expect(await tokenStatus(configured, await signJwt(rsa))).toBe('403 forbidden');
    expect(await tokenStatus(configured, await signJwt(rsa, { ...CLAIMS, [claim]: [ROOM_SID] }))).toBe('200');
    const inherited = createEdge({ JWT_ROOM_CLAIM: 'constructor' });
    expect(await tokenStatus(inherited, await signJwt(rsa))).toBe('403 forbidden');
  });

  it('finds a claim inside other claims, as Cloudflare Access has them', async () => {
    const configured = createEdge({ JWT_ROOM_CLAIM: 'custom.rooms' });
    const send = async (claims: object) =>
      tokenStatus(configured, await signJwt(rsa, { ...CLAIMS, ...claims }));
    expect(await send({ custom: { rooms: [ROOM_SID] } })).toBe('200');
    expect(await send({ 'custom.rooms': ROOM_SID })).toBe('200');
    expect(await send({ 'custom.rooms': OTHER_ROOM, custom: { rooms: ROOM_SID } })).toBe('403 forbidden');
    for (const custom of [{}, { rooms: OTHER_ROOM }, [ROOM_SID], ROOM_SID, null]) {
      expect(await send({ custom })).toBe('403 forbidden');
    }
    expect(await tokenStatus(createEdge({ JWT_ROOM_CLAIM: '__proto__.room_sid' }), await signJwt(rsa))).toBe(
      '403 forbidden',
    );
  });

  it('reads the token from the header of JWT_HEADER only, without a scheme', async () => {
    const token = await signJwt(rsa);
    const { request } = createEdge({ JWT_HEADER: 'Cf-Access-Jwt-Assertion' });
    const send = async (headers: HeadersInit) => statusAndCode(await request(PATH, { headers }));
    expect(await send({ 'Cf-Access-Jwt-Assertion': token })).toBe('200');
    expect(await send({ 'Cf-Access-Jwt-Assertion': `Bearer ${token}` })).toBe('401 token_invalid');
    expect(await send({ Authorization: `Bearer ${token}` })).toBe('401 token_missing');
  });

  it('accepts a cached token until it expires, and not longer', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, JWT_ACCESS, {
      now: () => now,
      fetch: async () => jwks.clone(),
    });
    const headers = { Authorization: `Bearer ${await signJwt(rsa, { ...CLAIMS, exp: NOW_SECONDS + 60 })}` };
    const send = async () => statusAndCode(await request(PATH, { headers }));
    expect(await send()).toBe('200');
    now += 59_999;
    expect(await send()).toBe('200');
    now += 1;
    expect(await send()).toBe('401 token_expired');
  });

  it('grants each of two cached tokens its own room, and rejects a changed token', async () => {
    const one = createEdge();
    const tokens = await Promise.all(
      [ROOM_SID, OTHER_ROOM].map((room) => signJwt(rsa, { ...CLAIMS, room_sid: room })),
    );
    for (let round = 0; round < 3; round += 1) {
      expect(await tokenStatus(one, tokens[0] ?? '')).toBe('200');
      expect(await tokenStatus(one, tokens[1] ?? '')).toBe('403 forbidden');
      expect(await tokenStatus(one, `${tokens[0] ?? ''}A`)).toBe('401 token_invalid');
    }
  });
});
