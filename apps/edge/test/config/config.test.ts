import { describe, expect, it } from 'vitest';
import { invalidConfig, parseConfig, ConfigError } from '../../src/config/config.ts';

const SECRET = 'canary-5f3e';
const SAID = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' };
const TWILIO = { ACCESS: 'public', RECORDINGS_SOURCE: 'twilio' };

function refusal(variables: Readonly<Record<string, unknown>>): string {
  try {
    parseConfig(variables);
  } catch (fault) {
    if (fault instanceof ConfigError) return fault.message;
    throw fault;
  }
  return 'accepted';
}

describe('readSettings', () => {
  it('takes CLIENT_IP_HEADER without RATE_LIMIT, because callers have equal shares of the calls', () => {
    expect(parseConfig({ CLIENT_IP_HEADER: 'X-Real-IP' })).toMatchObject({ clientIpHeader: 'x-real-ip' });
  });

  it('has a default for all but ACCESS and RECORDINGS_SOURCE', () => {
    expect(parseConfig(SAID)).toEqual({
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

  it.each([
    [
      'neither',
      {},
      'Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio.',
    ],
    [
      'no access',
      { RECORDINGS_SOURCE: 'archive' },
      'Set ACCESS to public, or to any of twilio-token, jwt and signed-url.',
    ],
    ['no source', { ACCESS: 'public' }, 'Set RECORDINGS_SOURCE to archive or twilio.'],
    [
      'an empty source',
      { ACCESS: 'public', RECORDINGS_SOURCE: '' },
      'Set RECORDINGS_SOURCE to archive or twilio.',
    ],
  ])('says what to set where there is %s', (_what, variables, misconfigured) => {
    expect(parseConfig(variables).misconfigured).toBe(misconfigured);
  });

  it('reads what is said', () => {
    const settings = parseConfig({
      ...SAID,
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
    expect(settings).toMatchObject({
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

  it('knows * as every origin', () => {
    expect(parseConfig({ ...SAID, ALLOWED_ORIGINS: '*' }).allowedOrigins).toBe('*');
  });

  it.each([
    ['RECORDINGS_SOURCE', SECRET, 'must be archive or twilio'],
    ['ACCESS', SECRET, 'must be public'],
    ['PORT', SECRET, 'must be a port, 1 to 65535'],
    ['PORT', '0', 'must be a port, 1 to 65535'],
    ['PORT', '65536', 'must be a port, 1 to 65535'],
    ['KEEP_ALIVE_SECONDS', SECRET, 'must be a number of seconds, 1 to 255'],
    ['KEEP_ALIVE_SECONDS', '0', 'must be a number of seconds, 1 to 255'],
    ['KEEP_ALIVE_SECONDS', '256', 'must be a number of seconds, 1 to 255'],
    ['KEEP_ALIVE_SECONDS', '1.5', 'must be a number of seconds, 1 to 255'],
    [
      'PUBLIC_URL',
      `https://${SECRET}.example.com/`,
      'must be an origin such as https://recordings.example.com',
    ],
    ['PUBLIC_URL', 'recordings.example.com', 'must be an origin such as https://recordings.example.com'],
    [
      'PUBLIC_URL',
      'ftp://recordings.example.com',
      'must be an origin such as https://recordings.example.com',
    ],
    ['TWILIO_BASE_URL', `http://${SECRET}.example.com`, 'must be an https origin'],
    ['TWILIO_BASE_URL', 'https://video.twilio.com/v1', 'must be an https origin'],
    ['ALLOW_CREDENTIALS', 'yes', 'must be true or false'],
    ['LIFETIME_COMPLETED', '300', 'must be three numbers of seconds'],
    ['LIFETIME_NOT_FOUND', '-1/0/0', 'must be three numbers of seconds'],
    ['RATE_LIMIT', '600', 'must be requests per seconds'],
    ['RATE_LIMIT', '0/60', 'must be requests per seconds'],
    ['RATE_LIMIT', '600/0', 'must be requests per seconds'],
    ['RATE_LIMIT', '600/1m', 'must be requests per seconds'],
    ['RATE_LIMIT', '-1/60', 'must be requests per seconds'],
    ['RATE_LIMIT', '1e3/60', 'must be requests per seconds'],
    ['RATE_LIMIT', '600/60/1', 'must be requests per seconds'],
    ['RATE_LIMIT', '1000000/60', 'must be requests per seconds'],
    ['CLIENT_IP_HEADER', 'X Real IP', 'must be the name of a header'],
    ['CLIENT_IP_HEADER', 'X-Real-IP:', 'must be the name of a header'],
    ['CLIENT_IP_HEADER', 'X-Real-IP, Forwarded', 'must be the name of a header'],
    ['CLIENT_IP_HEADER', 'Authorization', 'must not be a header that has another purpose'],
    ['CLIENT_IP_HEADER', 'COOKIE', 'must not be a header that has another purpose'],
    ['CLIENT_IP_HEADER', 'forwarded', 'must not be Forwarded: name a header that has the address alone'],
    ['LOG_LEVEL', 'verbose', 'must be silent, error, info or debug'],
    ['HOST', 5, 'must be text'],
    ['TWILIO_API_KEY', `${SECRET}:b`, 'must be a SID, without a colon'],
    ['TWILIO_API_SECRET', `${SECRET}\n`, 'must have no space, line feed'],
    ['TWILIO_AUTH_TOKEN', `${SECRET} `, 'must have no space, line feed'],
  ])('refuses %s=%s by its name, without its value', (name, value, why) => {
    const message = refusal({ ...SAID, [name]: value });
    expect(message).toContain(`${name} ${why}`);
    expect(message).not.toContain(SECRET);
    expect(message).not.toContain('\n');
  });

  it('names every setting that is refused, in one line', () => {
    expect(refusal({ ...SAID, PORT: 'x', LOG_LEVEL: 'x' })).toBe(
      'PORT must be a port, 1 to 65535; LOG_LEVEL must be silent, error, info or debug.',
    );
  });

  it.each([
    [
      'names callers by their tokens',
      { CLIENT_IP_HEADER: 'X-Session', RATE_LIMIT: '600/60', JWT_HEADER: 'x-session' },
      'CLIENT_IP_HEADER and JWT_HEADER must not be the same header: it has the token.',
    ],
  ])('refuses what %s', (_what, variables, message) => {
    expect(refusal({ ...SAID, ...variables })).toBe(message);
  });

  it('ignores what is no setting of the edge', () => {
    expect(refusal({ ...SAID, PATH: '/usr/bin', PORTS: 'x' })).toBe('accepted');
  });
});

describe('the source twilio', () => {
  it.each([
    ['an API key', { TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET }, `SK1:${SECRET}`],
    ['the account', { TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: SECRET }, `AC1:${SECRET}`],
    [
      'an API key before the account',
      {
        TWILIO_API_KEY: 'SK1',
        TWILIO_API_SECRET: SECRET,
        TWILIO_ACCOUNT_SID: 'AC1',
        TWILIO_AUTH_TOKEN: 'other',
      },
      `SK1:${SECRET}`,
    ],
  ])('signs in with %s', (_what, variables, credentials) => {
    const { source } = parseConfig({ ...TWILIO, ...variables });
    if (source?.name !== 'twilio') throw new Error('The source is not twilio.');
    expect(source.baseUrl).toBe('https://video.twilio.com');
    expect(source.auth()).toBe(`Basic ${btoa(credentials)}`);
  });

  it.each([
    ['no credentials', {}, 'RECORDINGS_SOURCE=twilio needs TWILIO_API_KEY and TWILIO_API_SECRET'],
    ['a key without its secret', { TWILIO_API_KEY: SECRET }, 'TWILIO_API_SECRET is missing'],
    [
      'a secret without its key',
      { TWILIO_API_SECRET: SECRET, TWILIO_ACCOUNT_SID: 'AC1', TWILIO_AUTH_TOKEN: 'x' },
      'TWILIO_API_KEY is missing',
    ],
    ['an account without its token', { TWILIO_ACCOUNT_SID: SECRET }, 'RECORDINGS_SOURCE=twilio needs'],
  ])('refuses %s', (_what, variables, why) => {
    const message = refusal({ ...TWILIO, ...variables });
    expect(message).toContain(why);
    expect(message).not.toContain(SECRET);
  });

  it('may be plain http on this machine alone', () => {
    const variables = { ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET };
    expect(refusal({ ...variables, TWILIO_BASE_URL: 'http://127.0.0.1:9000' })).toBe('accepted');
  });

  it('keeps its secret out of a settings object that is printed', () => {
    const settings = parseConfig({ ...TWILIO, TWILIO_API_KEY: 'SK1', TWILIO_API_SECRET: SECRET });
    expect(JSON.stringify(settings)).not.toContain(SECRET);
    expect(JSON.stringify(settings)).not.toContain(btoa(`SK1:${SECRET}`));
  });
});

describe('misconfiguredSettings', () => {
  it('lets a Worker answer and say what is wrong', () => {
    const settings = invalidConfig(new ConfigError('PORT must be a port.'));
    expect(settings).toMatchObject({
      misconfigured: 'PORT must be a port.',
      source: undefined,
      access: undefined,
    });
  });
});
