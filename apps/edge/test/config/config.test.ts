import { describe, expect, it } from 'vitest';
import { createInvalidConfig, parseConfig, ConfigError } from '../../src/config/config.ts';

const SECRET = 'canary-5f3e';
const REQUIRED = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' };
const TWILIO = { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' };

describe('parseConfig', () => {
  it('accepts CLIENT_IP_HEADER without RATE_LIMIT, because clients share the calls to Twilio equally', () => {
    expect(parseConfig({ CLIENT_IP_HEADER: 'X-Real-IP' })).toMatchObject({ clientIpHeader: 'x-real-ip' });
  });

  it('has a default for each variable except ACCESS and RECORDINGS_SOURCE', () => {
    expect(parseConfig(REQUIRED)).toEqual({
      access: 'public',
      source: { name: 'archive', scope: ['archive'] },
      publicUrl: undefined,
      host: '127.0.0.1',
      port: 8787,
      allowedOrigins: { exact: new Set(), subdomainSuffixes: [] },
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
        list: { fresh: 60, whileRevalidate: 60, ifError: 3600 },
      },
      staleOnUpstreamAuth: false,
      cacheMaxBytes: 33_554_432,
      cacheStatus: true,
      serverTiming: false,
      rateLimit: undefined,
      clientIpHeader: undefined,
      keepAliveSeconds: 65,
      archivePath: '.state/archive.db',
      media: parseConfig({}).media,
      mediaSigningKeys: undefined,
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
        subdomainSuffixes: ['.example.org'],
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
});

describe('parseConfig with RECORDINGS_SOURCE=twilio', () => {
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
