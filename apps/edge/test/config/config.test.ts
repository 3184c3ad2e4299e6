import { describe, expect, it } from 'vitest';
import { createInvalidConfig, parseConfig, ConfigError } from '../../src/config/config.ts';

const SECRET = 'canary-5f3e';
const REQUIRED = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' };
const TWILIO = { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' };

/** Returns the message of the error that the variables cause; `accepted` if they are valid. */
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
  it('accepts CLIENT_IP_HEADER without RATE_LIMIT, because clients share the calls to Twilio equally', () => {
    expect(parseConfig({ CLIENT_IP_HEADER: 'X-Real-IP' })).toMatchObject({ clientIpHeader: 'x-real-ip' });
  });

  it('has a default for each variable but ACCESS and RECORDINGS_SOURCE', () => {
    expect(parseConfig(REQUIRED)).toEqual({
      access: 'public',
      source: { name: 'archive', scope: ['archive'] },
      publicUrl: undefined,
      host: '127.0.0.1',
      port: 8787,
      allowedOrigins: { exact: new Set(), below: [] },
      allowCredentials: false,
      allowedHeaders: [],
      hiddenFields: [],
      lifetimes: {
        processing: { fresh: 5, whileRevalidate: 5, ifError: 60 },
        completed: { fresh: 300, whileRevalidate: 600, ifError: 3600 },
        failed: { fresh: 3600, whileRevalidate: 3600, ifError: 3600 },
        deleted: { fresh: 3600, whileRevalidate: 0, ifError: 3600 },
        notFound: { fresh: 10, whileRevalidate: 0, ifError: 0 },
        gone: { fresh: 300, whileRevalidate: 0, ifError: 0 },
      },
      staleOnUpstreamAuth: false,
      cacheMaxBytes: 33_554_432,
      cacheStatus: true,
      serverTiming: false,
      rateLimit: undefined,
      clientIpHeader: undefined,
      keepAliveSeconds: 65,
      archivePath: '.state/archive.db',
      logLevel: 'info',
      misconfigured: undefined,
    });
  });

  const SET_ACCESS = 'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.';
  const SET_SOURCE = 'Set RECORDINGS_SOURCE to archive or twilio.';
  it.each([
    { name: 'ACCESS and RECORDINGS_SOURCE', variables: {}, misconfigured: `${SET_ACCESS} ${SET_SOURCE}` },
    { name: 'ACCESS', variables: { RECORDINGS_SOURCE: 'archive' }, misconfigured: SET_ACCESS },
    { name: 'RECORDINGS_SOURCE', variables: { ACCESS: 'public' }, misconfigured: SET_SOURCE },
    {
      name: 'a non-empty RECORDINGS_SOURCE',
      variables: { ACCESS: 'public', RECORDINGS_SOURCE: '' },
      misconfigured: SET_SOURCE,
    },
  ])('returns a sentence that names the missing setting without $name', ({ variables, misconfigured }) => {
    expect(parseConfig(variables).misconfigured).toBe(misconfigured);
  });

  it('parses each variable that is set', () => {
    const config = parseConfig({
      ...REQUIRED,
      PUBLIC_URL: 'https://recordings.example.com',
      HOST: '0.0.0.0',
      PORT: '80',
      ALLOWED_ORIGINS: 'https://app.example.com, http://localhost:5173, https://*.example.org',
      ALLOW_CREDENTIALS: 'true',
      LIFETIME_COMPLETED: '60/0/86400',
      HIDDEN_FIELDS: 'track_name, account_sid,track_name',
      KEEP_ALIVE_SECONDS: '5',
      RATE_LIMIT: '600/60',
      CLIENT_IP_HEADER: 'X-Real-IP',
      LOG_LEVEL: 'error',
      ARCHIVE_PATH: '/var/lib/archive.db',
    });
    expect(config).toMatchObject({
      publicUrl: 'https://recordings.example.com',
      host: '0.0.0.0',
      port: 80,
      allowedOrigins: {
        exact: new Set(['https://app.example.com', 'http://localhost:5173']),
        below: ['.example.org'],
      },
      allowCredentials: true,
      hiddenFields: ['account_sid', 'track_name'],
      rateLimit: { requests: 600, seconds: 60 },
      clientIpHeader: 'x-real-ip',
      lifetimes: { completed: { fresh: 60, whileRevalidate: 0, ifError: 86400 } },
      logLevel: 'error',
      keepAliveSeconds: 5,
      archivePath: '/var/lib/archive.db',
    });
  });

  it('parses * in ALLOWED_ORIGINS as every origin', () => {
    expect(parseConfig({ ...REQUIRED, ALLOWED_ORIGINS: '*' }).allowedOrigins).toBe('*');
  });

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
  ])('rejects $name=$value with the name and without the value', ({ name, value, rule }) => {
    const message = parseError({ ...REQUIRED, [name]: value });
    expect(message).toContain(`${name} ${rule}`);
    expect(message).not.toContain(SECRET);
    expect(message).not.toContain('\n');
  });

  it('names every invalid variable in one line', () => {
    expect(parseError({ ...REQUIRED, PORT: 'x', LOG_LEVEL: 'x' })).toBe(
      'PORT must be a number from 1 to 65535; LOG_LEVEL must be silent, error, info or debug.',
    );
  });

  it('rejects the header of tokens as CLIENT_IP_HEADER', () => {
    const variables = { CLIENT_IP_HEADER: 'X-Session', RATE_LIMIT: '600/60', JWT_HEADER: 'x-session' };
    expect(parseError({ ...REQUIRED, ...variables })).toBe(
      'CLIENT_IP_HEADER and JWT_HEADER must not be the same header: a token is not a client address.',
    );
  });

  it('ignores variables of other programs', () => {
    expect(parseError({ ...REQUIRED, PATH: '/usr/bin', PORTS: 'x' })).toBe('accepted');
  });
});

describe('RECORDINGS_SOURCE=twilio', () => {
  it.each([
    {
      name: 'the API key',
      variables: { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET },
      credentials: `SK1:${SECRET}`,
    },
    {
      name: 'the auth token of the account',
      variables: { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: SECRET },
      credentials: `AC1:${SECRET}`,
    },
    {
      name: 'the API key if the account has an auth token as well',
      variables: {
        TWILIO_API_KEY: 'SK1',
        TWILIO_API_SECRET: SECRET,
        TWILIO_ACCOUNT_SID: 'AC1',
        TWILIO_AUTH_TOKEN: 'other',
      },
      credentials: `SK1:${SECRET}`,
    },
  ])('authenticates with $name', ({ variables, credentials }) => {
    const { source } = parseConfig({ ...TWILIO, ...variables });
    if (source?.name !== 'twilio') throw new Error('The source is not twilio.');
    expect(source.baseUrl).toBe('https://video.twilio.com');
    expect(source.auth()).toBe(`Basic ${btoa(credentials)}`);
  });

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

  it('keeps the secret out of the JSON of the config', () => {
    const config = parseConfig({ ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET });
    expect(JSON.stringify(config)).not.toContain(SECRET);
    expect(JSON.stringify(config)).not.toContain(btoa(`SK1:${SECRET}`));
  });
});

describe('createInvalidConfig', () => {
  it('returns a config with the message of the error and without a source', () => {
    const config = createInvalidConfig(new ConfigError('PORT must be a number.'));
    expect(config).toMatchObject({
      misconfigured: 'PORT must be a number.',
      source: undefined,
      access: undefined,
    });
  });
});
