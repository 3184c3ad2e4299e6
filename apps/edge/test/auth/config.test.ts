import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { JWT_ACCESS, TWILIO_ACCESS } from './tokens.ts';

const SECRET = 'canary-5f3e6a7b8c9d0e1f2a3b4c5d6e';
const SIGNED_ACCESS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `march:${SECRET}` };
const ALL = { ...TWILIO_ACCESS, ...JWT_ACCESS, ...SIGNED_ACCESS, TWILIO_API_SECRET: SECRET };

function read(variables: Readonly<Record<string, string>>): ReturnType<typeof parseConfig> {
  return parseConfig({ RECORDINGS_SOURCE: 'archive', ...variables });
}

function refusal(variables: Readonly<Record<string, string>>): string {
  try {
    read(variables);
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  return 'accepted';
}

function without(name: string): Readonly<Record<string, string>> {
  return { ...ALL, [name]: '' };
}

describe('the settings of access', () => {
  it.each([
    ['public', 'public'],
    ['jwt', ['jwt']],
    ['twilio-token,jwt,signed-url', ['twilio-token', 'jwt', 'signed-url']],
    [' jwt , signed-url ', ['jwt', 'signed-url']],
    ['jwt,jwt', ['jwt']],
  ])('read ACCESS=%s', (access, ways) => {
    const settings = read({ ...ALL, ACCESS: access });
    expect(
      typeof settings.access === 'object' ? settings.access.map(({ name }) => name) : settings.access,
    ).toEqual(ways);
    expect(settings.misconfigured).toBeUndefined();
  });

  it('have the defaults that are documented', () => {
    expect(read({ ...ALL, ACCESS: 'twilio-token,jwt' }).access).toMatchObject([
      { room: 'sid', baseUrl: 'https://video.twilio.com' },
      { algorithms: ['RS256', 'ES256'], roomClaim: 'room_sid', header: 'authorization' },
    ]);
  });

  it.each(['public,jwt', 'jwt,public', 'Public', 'none', ',', 'jwt;signed-url', SECRET])(
    'S32: refuse ACCESS=%s',
    (access) => {
      expect(refusal({ ...ALL, ACCESS: access })).toBe(
        'ACCESS must be public, or any of twilio-token, jwt and signed-url with commas between them.',
      );
    },
  );

  it.each([
    ['twilio-token', 'TWILIO_API_KEY'],
    ['twilio-token', 'TWILIO_API_SECRET'],
    ['twilio-token', 'TWILIO_ACCOUNT_SID'],
    ['jwt', 'JWT_JWKS_URL'],
    ['jwt', 'JWT_ISSUER'],
    ['signed-url', 'URL_SIGNING_KEYS'],
  ])('S32: refuse ACCESS=%s without %s, beside others or alone', (access, name) => {
    expect(refusal({ ...without(name), ACCESS: access })).toBe(`ACCESS=${access} needs ${name}.`);
    expect(refusal({ ...without(name), ACCESS: 'signed-url,twilio-token,jwt' })).toBe(
      `ACCESS=${access} needs ${name}.`,
    );
    expect(refusal({ ...without(name), ACCESS: 'public' })).toBe('accepted');
  });

  it('S32: name all that is missing', () => {
    expect(refusal({ ACCESS: 'jwt' })).toBe(
      'ACCESS=jwt needs JWT_JWKS_URL and JWT_ISSUER and JWT_AUDIENCE or JWT_REQUIRED_CLAIMS.',
    );
  });

  it('require JWT_AUDIENCE or JWT_REQUIRED_CLAIMS for ACCESS=jwt', () => {
    const neither = { ...without('JWT_AUDIENCE'), ACCESS: 'jwt' };
    expect(refusal(neither)).toBe('ACCESS=jwt needs JWT_AUDIENCE or JWT_REQUIRED_CLAIMS.');
    expect(refusal({ ...neither, ACCESS: 'public' })).toBe('accepted');
    const settings = read({ ...neither, JWT_REQUIRED_CLAIMS: 'azp=a=b , realm_access.roles= x' });
    expect(settings.access).toMatchObject([
      {
        audience: undefined,
        requiredClaims: [
          { name: 'azp', value: 'a=b' },
          { name: 'realm_access.roles', value: 'x' },
        ],
      },
    ]);
  });

  it.each([
    ['TWILIO_TOKEN_ROOM', SECRET, 'must be sid, name or any'],
    ['JWT_JWKS_URL', `http://${SECRET}.example.com/jwks`, 'must be an https URL'],
    ['JWT_JWKS_URL', `https://user:${SECRET}@issuer.example.com/jwks`, 'must be an https URL'],
    ['JWT_JWKS_URL', `https://issuer.example.com/jwks#${SECRET}`, 'must be an https URL'],
    ['JWT_JWKS_URL', `/${SECRET}`, 'must be an https URL'],
    ['JWT_JWKS_URL', `data:application/json,${SECRET}`, 'must be an https URL'],
    ['JWT_ALGORITHMS', 'HS256', 'must be of RS256'],
    ['JWT_ALGORITHMS', 'none', 'must be of RS256'],
    ['JWT_ALGORITHMS', `RS256,${SECRET}`, 'must be of RS256'],
    ['JWT_ALGORITHMS', ',', 'must be of RS256'],
    ['JWT_HEADER', `X ${SECRET}`, 'must be the name of a header'],
    ['JWT_HEADER', `X-Token: ${SECRET}`, 'must be the name of a header'],
    ...['Cookie', 'HOST', 'origin', 'If-None-Match', 'Connection'].map((name): [string, string, string] => [
      'JWT_HEADER',
      name,
      'must not be a header with another purpose',
    ]),
    ['JWT_ISSUER', ' ', 'must not be blank'],
    ['JWT_AUDIENCE', '\t \n', 'must not be blank'],
    ...[SECRET, `=${SECRET}`, `${SECRET}=`, `${SECRET}= `, `azp=a,${SECRET}`, `azp=${SECRET},`, ','].map(
      (value): [string, string, string] => ['JWT_REQUIRED_CLAIMS', value, 'must be name=value'],
    ),
    ['JWT_REQUIRED_CLAIMS', `azp=a,azp=${SECRET}`, 'must name each claim once'],
    ...['iss', 'exp', 'nbf', 'iat'].map((name): [string, string, string] => [
      'JWT_REQUIRED_CLAIMS',
      `azp=a,${name}=${SECRET}`,
      'must not name iss, exp, nbf or iat',
    ]),
    ['URL_SIGNING_KEYS', SECRET, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `march:${SECRET},march:b${SECRET}`, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `:${SECRET}`, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `march:${SECRET},`, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `march:${SECRET}\n`, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `march:${SECRET.slice(0, 31)}`, 'must be kid:secret'],
    ['URL_SIGNING_KEYS', `march:${SECRET},april:${SECRET.slice(0, 31)}`, 'must be kid:secret'],
  ])('refuse %s=%s by its name, without its value', (name, value, why) => {
    const message = refusal({ ...ALL, [name]: value });
    expect(message).toContain(`${name} ${why}`);
    expect(message).not.toContain(SECRET);
    expect(message).not.toContain('\n');
  });

  it('take an issuer on this machine by http, and a secret of 32 bytes in 16 characters', () => {
    const changes = {
      JWT_JWKS_URL: 'http://127.0.0.1:9000/jwks?v=1',
      URL_SIGNING_KEYS: `k:${'é'.repeat(16)}`,
    };
    expect(refusal({ ...ALL, ...changes })).toBe('accepted');
  });

  it.each(['a:b', `a:${'é'.repeat(15)}`])(
    'refuse URL_SIGNING_KEYS=%s, whose secret can be guessed, and name a command that makes another',
    (keys) => {
      const message = refusal({ ...ALL, URL_SIGNING_KEYS: keys });
      expect(message).toContain('each secret at least 32 bytes');
      expect(message).toContain('openssl rand -base64 32');
      expect(message).not.toContain(keys);
    },
  );

  it('S32: keep secrets out of a settings object that is printed', () => {
    const settings = read({ ...ALL, ACCESS: 'twilio-token,jwt,signed-url' });
    expect(JSON.stringify(settings)).not.toContain(SECRET);
  });
});
