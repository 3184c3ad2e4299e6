import { describe, expect, it } from 'vitest';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { PATH, ROOM_SID } from '../support/recording.ts';
import { judge, outcome } from './asking.ts';
import { AUDIENCE, CLAIMS, ISSUER, jwt, JWT_ACCESS, makeKey, NOW_SECONDS } from './tokens.ts';

const rsa = await makeKey('RS256', 'rsa');
const ec = await makeKey('ES256', 'ec');
const published = Response.json({ keys: [rsa.jwk, ec.jwk] });

const edge = (variables: Readonly<Record<string, string>> = {}): TestEdge =>
  createTestEdge(undefined, { ...JWT_ACCESS, ...variables }, { fetch: async () => published.clone() });

const OTHER_ROOM = `RM${'b'.repeat(32)}`;

describe('ACCESS=jwt', () => {
  it('lets in a token of the issuer, by any of its keys', async () => {
    expect(await judge(edge(), await jwt(rsa))).toBe('200');
    expect(await judge(edge(), await jwt(ec))).toBe('200');
  });

  it.each([
    ['the audience among others', { aud: ['https://other.example.com', AUDIENCE] }, {}],
    ['no iat', { iat: undefined }, {}],
    ['the type of an access token', {}, { typ: 'at+jwt' }],
    ['no type', {}, { typ: undefined }],
  ])('lets in a token with %s', async (_what, claims, header: object) => {
    expect(await judge(edge(), await jwt(rsa, { ...CLAIMS, ...claims }, header))).toBe('200');
  });

  it.each([
    ['another issuer', { iss: 'https://evil.example/' }],
    ['the issuer without its slash', { iss: ISSUER.slice(0, -1) }],
    ['no issuer', { iss: undefined }],
    ['another audience', { aud: 'https://other.example.com' }],
    ['other audiences', { aud: ['https://other.example.com'] }],
    ['no audience', { aud: undefined }],
    ['no audience in a list', { aud: [] }],
  ])('S45: refuses a token with %s', async (_what, claims) => {
    expect(await judge(edge(), await jwt(rsa, { ...CLAIMS, ...claims }))).toBe('401 token_invalid');
  });

  it('S41: takes the configured algorithms alone', async () => {
    const onlyEc = edge({ JWT_ALGORITHMS: 'ES256' });
    expect(await judge(onlyEc, await jwt(rsa))).toBe('401 token_invalid');
    expect(await judge(onlyEc, await jwt(ec))).toBe('200');
  });

  it('S41: takes a key for its own algorithm alone', async () => {
    const pss = await makeKey('PS256', 'pss');
    const fetch = async () => Response.json({ keys: [pss.jwk] });
    const both = createTestEdge(undefined, { ...JWT_ACCESS, JWT_ALGORITHMS: 'PS256,RS256' }, { fetch });
    expect(await judge(both, await jwt(pss))).toBe('200');
    expect(await judge(both, await jwt({ ...rsa, kid: 'pss' }))).toBe('401 token_invalid');
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
  ])('verifies %s', async (alg) => {
    const key = await makeKey(alg, alg);
    const fetch = async () => Response.json({ keys: [key.jwk] });
    const configured = createTestEdge(undefined, { ...JWT_ACCESS, JWT_ALGORITHMS: alg }, { fetch });
    expect(await judge(configured, await jwt(key))).toBe('200');
  });

  it.each([
    ['the room', '200', ROOM_SID],
    ['the room in upper case', '200', `RM${'A'.repeat(32)}`],
    ['a list with the room', '200', [OTHER_ROOM, ROOM_SID]],
    ['every room', '200', '*'],
    ['another room', '403 forbidden', OTHER_ROOM],
    ['a list without the room', '403 forbidden', [OTHER_ROOM]],
    ['an empty list', '403 forbidden', []],
    ['a list with a star', '403 forbidden', ['*']],
    ['a room in a list in a list', '403 forbidden', [[ROOM_SID]]],
    ['a pattern', '403 forbidden', 'RM*'],
    ['a room among spaces', '403 forbidden', ` ${ROOM_SID} `],
    ['rooms with a comma', '403 forbidden', `${ROOM_SID},${OTHER_ROOM}`],
    ['true', '403 forbidden', true],
    ['an object', '403 forbidden', { [ROOM_SID]: true }],
    ['null', '403 forbidden', null],
    ['nothing', '403 forbidden', undefined],
  ])('S46: to a token for %s says %s', async (_what, expected, room) => {
    expect(await judge(edge(), await jwt(rsa, { ...CLAIMS, room_sid: room }))).toBe(expected);
  });

  it('reads the rooms from the configured claim alone', async () => {
    const claim = 'https://example.com/rooms';
    const configured = edge({ JWT_ROOM_CLAIM: claim });
    expect(await judge(configured, await jwt(rsa))).toBe('403 forbidden');
    expect(await judge(configured, await jwt(rsa, { ...CLAIMS, [claim]: [ROOM_SID] }))).toBe('200');
    const inherited = edge({ JWT_ROOM_CLAIM: 'constructor' });
    expect(await judge(inherited, await jwt(rsa))).toBe('403 forbidden');
  });

  it('finds a claim inside others, as Cloudflare Access has them', async () => {
    const configured = edge({ JWT_ROOM_CLAIM: 'custom.rooms' });
    const say = async (claims: object) => judge(configured, await jwt(rsa, { ...CLAIMS, ...claims }));
    expect(await say({ custom: { rooms: [ROOM_SID] } })).toBe('200');
    expect(await say({ 'custom.rooms': ROOM_SID })).toBe('200');
    expect(await say({ 'custom.rooms': OTHER_ROOM, custom: { rooms: ROOM_SID } })).toBe('403 forbidden');
    for (const custom of [{}, { rooms: OTHER_ROOM }, [ROOM_SID], ROOM_SID, null]) {
      expect(await say({ custom })).toBe('403 forbidden');
    }
    expect(await judge(edge({ JWT_ROOM_CLAIM: '__proto__.room_sid' }), await jwt(rsa))).toBe('403 forbidden');
  });

  it('reads the token from the configured header alone, as it is', async () => {
    const token = await jwt(rsa);
    const { request } = edge({ JWT_HEADER: 'Cf-Access-Jwt-Assertion' });
    const say = async (headers: HeadersInit) => outcome(await request(PATH, { headers }));
    expect(await say({ 'Cf-Access-Jwt-Assertion': token })).toBe('200');
    expect(await say({ 'Cf-Access-Jwt-Assertion': `Bearer ${token}` })).toBe('401 token_invalid');
    expect(await say({ Authorization: `Bearer ${token}` })).toBe('401 token_missing');
  });

  it('lets the same token in until it ends, and no longer', async () => {
    let now = NOW;
    const { request } = createTestEdge(undefined, JWT_ACCESS, {
      now: () => now,
      fetch: async () => published.clone(),
    });
    const headers = { Authorization: `Bearer ${await jwt(rsa, { ...CLAIMS, exp: NOW_SECONDS + 60 })}` };
    const say = async () => outcome(await request(PATH, { headers }));
    expect(await say()).toBe('200');
    now += 59_999;
    expect(await say()).toBe('200');
    now += 1;
    expect(await say()).toBe('401 token_expired');
  });

  it('does not confuse tokens that it remembers', async () => {
    const one = edge();
    const tokens = await Promise.all(
      [ROOM_SID, OTHER_ROOM].map((room) => jwt(rsa, { ...CLAIMS, room_sid: room })),
    );
    for (let round = 0; round < 3; round += 1) {
      expect(await judge(one, tokens[0] ?? '')).toBe('200');
      expect(await judge(one, tokens[1] ?? '')).toBe('403 forbidden');
      expect(await judge(one, `${tokens[0] ?? ''}A`)).toBe('401 token_invalid');
    }
  });
});
