import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';

const SECRET = 'canary-5f3e';
const REQUIRED = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' };
const TWILIO = { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' };

/** Returns the message of the error that the variables cause, or `accepted` if the variables are valid. */
function parseError(variables: Readonly<Record<string, unknown>>): string {
  try {
    parseConfig(variables);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('parseConfig', () => {
  const ORIGIN = 'must be an origin such as https://recordings.example.com';
  const SECONDS = 'must be a number of seconds from 1 to 255';
  const RATE = 'must be requests/seconds such as 600/60';
  const LIFETIME = 'must be three numbers of seconds';
  it.each([
    { name: 'RECORDINGS_SOURCE', value: SECRET, rule: 'must be archive or twilio' },
    { name: 'ACCESS', value: SECRET, rule: 'must be public' },
    { name: 'PORT', value: SECRET, rule: 'must be a number from 1 to 65535' },
    { name: 'PORT', value: '0', rule: 'must be a number from 1 to 65535' },
    { name: 'PORT', value: '65536', rule: 'must be a number from 1 to 65535' },
    { name: 'KEEP_ALIVE_SECONDS', value: SECRET, rule: SECONDS },
    { name: 'KEEP_ALIVE_SECONDS', value: '0', rule: SECONDS },
    { name: 'KEEP_ALIVE_SECONDS', value: '256', rule: SECONDS },
    { name: 'KEEP_ALIVE_SECONDS', value: '1.5', rule: SECONDS },
    { name: 'PUBLIC_URL', value: `https://${SECRET}.example.com/`, rule: ORIGIN },
    { name: 'PUBLIC_URL', value: 'recordings.example.com', rule: ORIGIN },
    { name: 'PUBLIC_URL', value: 'ftp://recordings.example.com', rule: ORIGIN },
    { name: 'TWILIO_BASE_URL', value: `http://${SECRET}.example.com`, rule: 'must be an https origin' },
    { name: 'TWILIO_BASE_URL', value: 'https://video.twilio.com/v1', rule: 'must be an https origin' },
    { name: 'ALLOW_CREDENTIALS', value: 'yes', rule: 'must be true or false' },
    { name: 'LIFETIME_COMPLETED', value: '300', rule: LIFETIME },
    { name: 'LIFETIME_NOT_FOUND', value: '-1/0/0', rule: LIFETIME },
    { name: 'RATE_LIMIT', value: '600', rule: RATE },
    { name: 'RATE_LIMIT', value: '0/60', rule: RATE },
    { name: 'RATE_LIMIT', value: '600/0', rule: RATE },
    { name: 'RATE_LIMIT', value: '600/1m', rule: RATE },
    { name: 'RATE_LIMIT', value: '-1/60', rule: RATE },
    { name: 'RATE_LIMIT', value: '1e3/60', rule: RATE },
    { name: 'RATE_LIMIT', value: '600/60/1', rule: RATE },
    { name: 'RATE_LIMIT', value: '1000000/60', rule: RATE },
    { name: 'CLIENT_IP_HEADER', value: 'X Real IP', rule: 'must be the name of a header' },
    { name: 'CLIENT_IP_HEADER', value: 'X-Real-IP:', rule: 'must be the name of a header' },
    { name: 'CLIENT_IP_HEADER', value: 'X-Real-IP, Forwarded', rule: 'must be the name of a header' },
    {
      name: 'CLIENT_IP_HEADER',
      value: 'Authorization',
      rule: 'must not be a header with another purpose',
    },
    { name: 'CLIENT_IP_HEADER', value: 'COOKIE', rule: 'must not be a header with another purpose' },
    {
      name: 'CLIENT_IP_HEADER',
      value: 'forwarded',
      rule: 'must not be Forwarded: set a header that contains only addresses',
    },
    { name: 'LOG_LEVEL', value: 'verbose', rule: 'must be silent, error, info or debug' },
    { name: 'HOST', value: 5, rule: 'must be a string' },
    { name: 'TWILIO_API_KEY', value: `${SECRET}:b`, rule: 'must be a SID, without colons' },
    {
      name: 'TWILIO_API_SECRET',
      value: `${SECRET}\n`,
      rule: 'must contain only visible ASCII characters',
    },
    { name: 'TWILIO_AUTH_TOKEN', value: `${SECRET} `, rule: 'must contain only visible ASCII characters' },
  ])(
    'rejects $name=$value with a message that contains the name and not the value',
    ({ name, value, rule }) => {
      const message = parseError({ ...REQUIRED, [name]: value });
      expect(message).toContain(`${name} ${rule}`);
      expect(message).not.toContain(SECRET);
      expect(message).not.toContain('\n');
    },
  );

  it('throws one line that names every invalid variable', () => {
    expect(parseError({ ...REQUIRED, PORT: 'x', LOG_LEVEL: 'x' })).toBe(
      'PORT must be a number from 1 to 65535; LOG_LEVEL must be silent, error, info or debug.',
    );
  });

  it('rejects a CLIENT_IP_HEADER that is the JWT_HEADER', () => {
    const variables = { CLIENT_IP_HEADER: 'X-Session', RATE_LIMIT: '600/60', JWT_HEADER: 'x-session' };
    expect(parseError({ ...REQUIRED, ...variables })).toBe(
      'CLIENT_IP_HEADER and JWT_HEADER must not be the same header: a token is not a client address.',
    );
  });

  it('ignores variables of other programs', () => {
    expect(parseError({ ...REQUIRED, PATH: '/usr/bin', PORTS: 'x' })).toBe('accepted');
  });
});

describe('parseConfig with RECORDINGS_SOURCE=twilio', () => {
  it.each([
    {
      name: 'missing credentials',
      variables: {},
      message: 'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY and TWILIO_API_SECRET',
    },
    {
      name: 'an API key without its secret',
      variables: { TWILIO_API_KEY: SECRET },
      message: 'TWILIO_API_SECRET is missing',
    },
    {
      name: 'an API secret without its key',
      variables: { TWILIO_API_SECRET: SECRET, TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'x' },
      message: 'TWILIO_API_KEY is missing',
    },
    {
      name: 'an account without its auth token',
      variables: { TWILIO_ACCOUNT_SID: SECRET },
      message: 'RECORDINGS_SOURCE=twilio requires',
    },
  ])('rejects $name', ({ variables, message }) => {
    const error = parseError({ ...TWILIO, ...variables });
    expect(error).toContain(message);
    expect(error).not.toContain(SECRET);
  });

  it('accepts a plain http TWILIO_BASE_URL on the loopback interface', () => {
    const variables = { ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET };
    expect(parseError({ ...variables, TWILIO_BASE_URL: 'http://127.0.0.1:9000' })).toBe('accepted');
  });
});
