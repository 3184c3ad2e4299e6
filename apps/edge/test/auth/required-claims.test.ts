import { describe, expect, it } from 'vitest';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { judge } from './asking.ts';
import { CLAIMS, jwt, JWT_ACCESS, makeKey } from './tokens.ts';

const key = await makeKey('ES256', 'ec');
const { JWT_AUDIENCE = '', ...ISSUER_ACCESS } = JWT_ACCESS;
const { aud: _aud, ...WITHOUT_AUDIENCE } = CLAIMS;

function edge(variables: Readonly<Record<string, string>>): TestEdge {
  const fetch = async () => Response.json({ keys: [key.jwk] });
  return createTestEdge(undefined, { ...ISSUER_ACCESS, ...variables }, { fetch });
}

describe('JWT_REQUIRED_CLAIMS', () => {
  it.each([
    ['the value', '200', { azp: 'app' }],
    ['a list with the value', '200', { azp: ['other', 'app'] }],
    ['another value', '401 token_invalid', { azp: 'other' }],
    ['the value in another case', '401 token_invalid', { azp: 'App' }],
    ['the value and more', '401 token_invalid', { azp: 'app,other' }],
    ['a list without the value', '401 token_invalid', { azp: ['other'] }],
    ['an empty list', '401 token_invalid', { azp: [] }],
    ['a list in a list', '401 token_invalid', { azp: [['app']] }],
    ['an object', '401 token_invalid', { azp: { app: 'app' } }],
    ['null', '401 token_invalid', { azp: null }],
    ['no such claim', '401 token_invalid', {}],
  ])('answers a token whose claim is %s with %s', async (_what, expected, claims) => {
    const token = await jwt(key, { ...WITHOUT_AUDIENCE, ...claims });
    expect(await judge(edge({ JWT_REQUIRED_CLAIMS: 'azp=app' }), token)).toBe(expected);
  });

  it.each([
    ['a number', 7],
    ['a boolean', true],
  ])('compares texts alone: %s never matches', async (_what, value) => {
    const required = edge({ JWT_REQUIRED_CLAIMS: `level=${value}` });
    expect(await judge(required, await jwt(key, { ...WITHOUT_AUDIENCE, level: value }))).toBe(
      '401 token_invalid',
    );
    expect(await judge(required, await jwt(key, { ...WITHOUT_AUDIENCE, level: String(value) }))).toBe('200');
  });

  it('needs all of the claims', async () => {
    const both = edge({ JWT_REQUIRED_CLAIMS: 'client_id=app,token_use=access' });
    const answers = [];
    for (const claims of [
      { client_id: 'app', token_use: 'access' },
      { client_id: 'app', token_use: 'id' },
      { client_id: 'other', token_use: 'access' },
    ]) {
      answers.push(await judge(both, await jwt(key, { ...WITHOUT_AUDIENCE, ...claims })));
    }
    expect(answers).toEqual(['200', '401 token_invalid', '401 token_invalid']);
  });

  it('finds a claim inside others, or by a name with dots, and nothing that is inherited', async () => {
    const nested = edge({ JWT_REQUIRED_CLAIMS: 'realm_access.roles=viewer' });
    const ask = async (claims: object) => judge(nested, await jwt(key, { ...WITHOUT_AUDIENCE, ...claims }));
    expect(await ask({ realm_access: { roles: ['viewer'] } })).toBe('200');
    expect(await ask({ 'realm_access.roles': 'viewer' })).toBe('200');
    expect(await ask({ realm_access: 'viewer' })).toBe('401 token_invalid');
    const inherited = edge({ JWT_REQUIRED_CLAIMS: 'constructor.name=Object' });
    expect(await judge(inherited, await jwt(key, WITHOUT_AUDIENCE))).toBe('401 token_invalid');
  });

  it('does not replace an audience that is set', async () => {
    const both = edge({ JWT_AUDIENCE, JWT_REQUIRED_CLAIMS: 'azp=app' });
    expect(await judge(both, await jwt(key, { ...CLAIMS, azp: 'app' }))).toBe('200');
    expect(await judge(both, await jwt(key, { ...CLAIMS, aud: 'x', azp: 'app' }))).toBe('401 token_invalid');
    expect(await judge(both, await jwt(key, CLAIMS))).toBe('401 token_invalid');
  });

  it('leaves the reason in the log, with the name of the claim and without its value', async () => {
    const one = edge({ JWT_REQUIRED_CLAIMS: 'azp=app' });
    await judge(one, await jwt(key, { ...WITHOUT_AUDIENCE, azp: 'canary' }));
    const reasons = one.logEntries.flatMap(({ reason }) => reason ?? []);
    expect(reasons).toEqual(['claim azp is not that of JWT_REQUIRED_CLAIMS']);
    expect(JSON.stringify(one.logEntries)).not.toContain('canary');
  });
});
