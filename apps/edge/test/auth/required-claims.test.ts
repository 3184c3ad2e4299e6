import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { tokenStatus } from './helpers.ts';
import { CLAIMS, signJwt, JWT_ACCESS, createIssuerKey } from './tokens.ts';

const key = await createIssuerKey('ES256', 'ec');
const { JWT_AUDIENCE = '', ...ISSUER_ACCESS } = JWT_ACCESS;
const { aud: _aud, ...WITHOUT_AUDIENCE } = CLAIMS;

function createEdge(variables: Readonly<Record<string, string>>): TestEdge {
  const fetch = async () => Response.json({ keys: [key.jwk] });
  return createTestEdge(undefined, { ...ISSUER_ACCESS, ...variables }, { fetch });
}

describe('JWT_REQUIRED_CLAIMS', () => {
  it.each([
    { name: 'the value', expected: '200', claims: { azp: 'app' } },
    { name: 'a list with the value', expected: '200', claims: { azp: ['other', 'app'] } },
    { name: 'another value', expected: '401 token_invalid', claims: { azp: 'other' } },
    { name: 'the value in another case', expected: '401 token_invalid', claims: { azp: 'App' } },
    { name: 'the value and more', expected: '401 token_invalid', claims: { azp: 'app,other' } },
    { name: 'a list without the value', expected: '401 token_invalid', claims: { azp: ['other'] } },
    { name: 'an empty list', expected: '401 token_invalid', claims: { azp: [] } },
    { name: 'a list in a list', expected: '401 token_invalid', claims: { azp: [['app']] } },
    { name: 'an object', expected: '401 token_invalid', claims: { azp: { app: 'app' } } },
    { name: 'null', expected: '401 token_invalid', claims: { azp: null } },
    { name: 'absent', expected: '401 token_invalid', claims: {} },
  ])('a token whose claim is $name gets $expected', async ({ expected, claims }) => {
    const token = await signJwt(key, { ...WITHOUT_AUDIENCE, ...claims });
    expect(await tokenStatus(createEdge({ JWT_REQUIRED_CLAIMS: 'azp=app' }), token)).toBe(expected);
  });

  it.each([
    { name: 'a number', value: 7 },
    { name: 'a boolean', value: true },
  ])(
    'a token whose claim is $name is rejected, and a token with the same value as a string is accepted',
    async ({ value }) => {
      const required = createEdge({ JWT_REQUIRED_CLAIMS: `level=${value}` });
      expect(await tokenStatus(required, await signJwt(key, { ...WITHOUT_AUDIENCE, level: value }))).toBe(
        '401 token_invalid',
      );
      expect(
        await tokenStatus(required, await signJwt(key, { ...WITHOUT_AUDIENCE, level: String(value) })),
      ).toBe('200');
    },
  );

  it('accepts a token only if it has all of the claims', async () => {
    const both = createEdge({ JWT_REQUIRED_CLAIMS: 'client_id=app,token_use=access' });
    const results = [];
    for (const claims of [
      { client_id: 'app', token_use: 'access' },
      { client_id: 'app', token_use: 'id' },
      { client_id: 'other', token_use: 'access' },
    ]) {
      results.push(await tokenStatus(both, await signJwt(key, { ...WITHOUT_AUDIENCE, ...claims })));
    }
    expect(results).toEqual(['200', '401 token_invalid', '401 token_invalid']);
  });

  it('finds a claim inside other claims or by a name with dots, but not an inherited property', async () => {
    const nested = createEdge({ JWT_REQUIRED_CLAIMS: 'realm_access.roles=viewer' });
    const send = async (claims: object) =>
      tokenStatus(nested, await signJwt(key, { ...WITHOUT_AUDIENCE, ...claims }));
    expect(await send({ realm_access: { roles: ['viewer'] } })).toBe('200');
    expect(await send({ 'realm_access.roles': 'viewer' })).toBe('200');
    expect(await send({ realm_access: 'viewer' })).toBe('401 token_invalid');
    const inherited = createEdge({ JWT_REQUIRED_CLAIMS: 'constructor.name=Object' });
    expect(await tokenStatus(inherited, await signJwt(key, WITHOUT_AUDIENCE))).toBe('401 token_invalid');
  });

  it('does not replace the check of JWT_AUDIENCE', async () => {
    const both = createEdge({ JWT_AUDIENCE, JWT_REQUIRED_CLAIMS: 'azp=app' });
    expect(await tokenStatus(both, await signJwt(key, { ...CLAIMS, azp: 'app' }))).toBe('200');
    expect(await tokenStatus(both, await signJwt(key, { ...CLAIMS, aud: 'x', azp: 'app' }))).toBe(
      '401 token_invalid',
    );
    expect(await tokenStatus(both, await signJwt(key, CLAIMS))).toBe('401 token_invalid');
  });

  it('logs the name of the unmet claim, but not its value', async () => {
    const one = createEdge({ JWT_REQUIRED_CLAIMS: 'azp=app' });
    await tokenStatus(one, await signJwt(key, { ...WITHOUT_AUDIENCE, azp: 'canary' }));
    const reasons = one.logEntries.flatMap(({ reason }) => reason ?? []);
    expect(reasons).toEqual(['claim azp does not have the value of JWT_REQUIRED_CLAIMS']);
    expect(JSON.stringify(one.logEntries)).not.toContain('canary');
  });
});
