import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { JWT_ACCESS, TWILIO_ACCESS } from './tokens.ts';

const SECRET = 'canary-5f3e6a7b8c9d0e1f2a3b4c5d6e';
const SIGNED_ACCESS = { ACCESS: 'signed-url', URL_SIGNING_KEYS: `march:${SECRET}` };
const ALL = { ...TWILIO_ACCESS, ...JWT_ACCESS, ...SIGNED_ACCESS, TWILIO_API_SECRET: SECRET };

function parse(variables: Readonly<Record<string, string>>): ReturnType<typeof parseConfig> {
  return parseConfig({ RECORDINGS_SOURCE: 'archive', ...variables });
}

/** Returns the message of the ConfigError, or `accepted`. */
function parseMessage(variables: Readonly<Record<string, string>>): string {
  try {
    parse(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

function without(name: string): Readonly<Record<string, string>> {
  return { ...ALL, [name]: '' };
}

/** A variable, an invalid value, and the start of the message. */
interface InvalidVariable {
  readonly name: string;
  readonly variable: string;
  readonly value: string;
  readonly message: string;
}

function invalid(
  variable: string,
  message: string,
  values: Readonly<Record<string, string>>,
): readonly InvalidVariable[] {
  return Object.entries(values).map(([name, value]) => ({ name, variable, value, message }));
}

describe('parseConfig() with the variables of authorization', () => {
  it.each([
    { access: 'public', expected: 'public' },
    { access: 'jwt', expected: ['jwt'] },
    { access: 'twilio-token,jwt,signed-url', expected: ['twilio-token', 'jwt', 'signed-url'] },
    { access: ' jwt , signed-url ', expected: ['jwt', 'signed-url'] },
    { access: 'jwt,jwt', expected: ['jwt'] },
  ])('parses ACCESS=$access', ({ access, expected }) => {
    const config = parse({ ...ALL, ACCESS: access });
    expect(typeof config.access === 'object' ? config.access.map(({ name }) => name) : config.access).toEqual(
      expected,
    );
    expect(config.misconfigured).toBeUndefined();
  });

  it('uses the documented defaults', () => {
    expect(parse({ ...ALL, ACCESS: 'twilio-token,jwt' }).access).toMatchObject([
      { room: 'sid', baseUrl: 'https://video.twilio.com' },
      { algorithms: ['RS256', 'ES256'], roomClaim: 'room_sid', header: 'authorization' },
    ]);
  });

  it.each(['public,jwt', 'jwt,public', 'Public', 'none', ',', 'jwt;signed-url', SECRET])(
    'rejects ACCESS=%s without repeating it',
    (access) => {
      expect(parseMessage({ ...ALL, ACCESS: access })).toBe(
        'ACCESS must be public, or a comma-separated list of twilio-token, jwt and signed-url.',
      );
    },
  );

  it.each([
    { access: 'twilio-token', name: 'TWILIO_API_KEY' },
    { access: 'twilio-token', name: 'TWILIO_API_SECRET' },
    { access: 'twilio-token', name: 'TWILIO_ACCOUNT_SID' },
    { access: 'jwt', name: 'JWT_JWKS_URL' },
    { access: 'jwt', name: 'JWT_ISSUER' },
    { access: 'signed-url', name: 'URL_SIGNING_KEYS' },
  ])('rejects ACCESS=$access without $name, alone or with other strategies', ({ access, name }) => {
    expect(parseMessage({ ...without(name), ACCESS: access })).toBe(`ACCESS=${access} requires ${name}.`);
    expect(parseMessage({ ...without(name), ACCESS: 'signed-url,twilio-token,jwt' })).toBe(
      `ACCESS=${access} requires ${name}.`,
    );
    expect(parseMessage({ ...without(name), ACCESS: 'public' })).toBe('accepted');
  });

  it('names all missing variables in one message', () => {
    expect(parseMessage({ ACCESS: 'jwt' })).toBe(
      'ACCESS=jwt requires JWT_JWKS_URL and JWT_ISSUER and JWT_AUDIENCE or JWT_REQUIRED_CLAIMS.',
    );
  });

  it('requires JWT_AUDIENCE or JWT_REQUIRED_CLAIMS for ACCESS=jwt', () => {
    const neither = { ...without('JWT_AUDIENCE'), ACCESS: 'jwt' };
    expect(parseMessage(neither)).toBe('ACCESS=jwt requires JWT_AUDIENCE or JWT_REQUIRED_CLAIMS.');
    expect(parseMessage({ ...neither, ACCESS: 'public' })).toBe('accepted');
    const config = parse({ ...neither, JWT_REQUIRED_CLAIMS: 'azp=a=b , realm_access.roles= x' });
    expect(config.access).toMatchObject([
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
    ...invalid('TWILIO_TOKEN_ROOM', 'must be sid, name or any', { 'an unknown rule': SECRET }),
    ...invalid('JWT_JWKS_URL', 'must be an https URL', {
      'an http URL': `http://${SECRET}.example.com/jwks`,
      'a password': `https://user:${SECRET}@issuer.example.com/jwks`,
      'a fragment': `https://issuer.example.com/jwks#${SECRET}`,
      'a path alone': `/${SECRET}`,
      'a data URL': `data:application/json,${SECRET}`,
    }),
    ...invalid('JWT_ALGORITHMS', 'must be a comma-separated list of RS256, RS384', {
      'a symmetric algorithm': 'HS256',
      none: 'none',
      'an unknown algorithm': `RS256,${SECRET}`,
      'an empty list': ',',
    }),
    ...invalid('JWT_HEADER', 'must be the name of a header', {
      'a space': `X ${SECRET}`,
      'a value': `X-Token: ${SECRET}`,
    }),
    ...invalid('JWT_HEADER', 'must not be a header with another purpose', {
      Cookie: 'Cookie',
      HOST: 'HOST',
      origin: 'origin',
      'If-None-Match': 'If-None-Match',
      Connection: 'Connection',
    }),
    ...invalid('JWT_ISSUER', 'must not be blank', { 'a space': ' ' }),
    ...invalid('JWT_AUDIENCE', 'must not be blank', { 'white space': '\t \n' }),
    ...invalid('JWT_REQUIRED_CLAIMS', 'must be a comma-separated list of name=value', {
      'a name alone': SECRET,
      'an empty name': `=${SECRET}`,
      'an empty value': `${SECRET}=`,
      'a blank value': `${SECRET}= `,
      'a second claim without a value': `azp=a,${SECRET}`,
      'an empty second claim': `azp=${SECRET},`,
      'an empty list': ',',
    }),
    ...invalid('JWT_REQUIRED_CLAIMS', 'must name each claim once', {
      'a claim twice': `azp=a,azp=${SECRET}`,
    }),
    ...invalid('JWT_REQUIRED_CLAIMS', 'must not name iss, exp, nbf or iat', {
      iss: `azp=a,iss=${SECRET}`,
      exp: `azp=a,exp=${SECRET}`,
      nbf: `azp=a,nbf=${SECRET}`,
      iat: `azp=a,iat=${SECRET}`,
    }),
    ...invalid('URL_SIGNING_KEYS', 'must be a comma-separated list of kid:secret', {
      'a secret alone': SECRET,
      'a kid twice': `march:${SECRET},march:b${SECRET}`,
      'an empty kid': `:${SECRET}`,
      'an empty second key': `march:${SECRET},`,
      'a line feed at the end': `march:${SECRET}\n`,
      'a secret of 31 bytes': `march:${SECRET.slice(0, 31)}`,
      'a second secret of 31 bytes': `march:${SECRET},april:${SECRET.slice(0, 31)}`,
    }),
  ])(
    'rejects $variable with $name by a message of one line without the value',
    ({ variable, value, message: expected }) => {
      const message = parseMessage({ ...ALL, [variable]: value });
      expect(message).toContain(`${variable} ${expected}`);
      expect(message).not.toContain(SECRET);
      expect(message).not.toContain('\n');
    },
  );

  it('accepts an http issuer on the loopback interface, and a secret of 32 bytes in 16 characters', () => {
    const changes = {
      JWT_JWKS_URL: 'http://127.0.0.1:9000/jwks?v=1',
      URL_SIGNING_KEYS: `k:${'é'.repeat(16)}`,
    };
    expect(parseMessage({ ...ALL, ...changes })).toBe('accepted');
  });

  it.each(['a:b', `a:${'é'.repeat(15)}`])(
    'rejects the short secret of URL_SIGNING_KEYS=%s, and names a command that generates a secret',
    (keys) => {
      const message = parseMessage({ ...ALL, URL_SIGNING_KEYS: keys });
      expect(message).toContain('secrets of at least 32 bytes');
      expect(message).toContain('openssl rand -base64 32');
      expect(message).not.toContain(keys);
    },
  );

  it('keeps secrets out of a config that is printed', () => {
    const config = parse({ ...ALL, ACCESS: 'twilio-token,jwt,signed-url' });
    expect(JSON.stringify(config)).not.toContain(SECRET);
  });
});
