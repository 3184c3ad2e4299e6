import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../src/config/config.ts';

const SECRET = 'canary-5f3e';
const ARCHIVE = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive' };

describe('the media config', () => {
  it('proxies media of the two documented buckets by default', () => {
    expect(parseConfig({}).media).toEqual({
      mode: 'proxy',
      path: '.state/media',
      hosts: new Set([
        'com-twilio-us1-video-recording.s3.amazonaws.com',
        'com.twilio.us1.video.recording.s3.amazonaws.com',
      ]),
      pieceBytes: 524_288,
      scanMaxBytes: 67_108_864,
      urlSeconds: 3_600,
    });
  });

  it('parses each variable that is set', () => {
    const { media, lifetimes } = parseConfig({
      MEDIA: 'redirect',
      MEDIA_PATH: '/var/lib/media',
      MEDIA_HOSTS: 'media.example.com, media.example.com:8443,127.0.0.1:9000, [::1]:9000,localhost:9000',
      MEDIA_PIECE: '65536',
      MEDIA_SCAN_MAX: '1000000',
      MEDIA_URL_SECONDS: '86400',
      LIFETIME_LIST: '1/2/3',
    });
    expect(media).toEqual({
      mode: 'redirect',
      path: '/var/lib/media',
      hosts: new Set([
        'media.example.com',
        'media.example.com:8443',
        '127.0.0.1:9000',
        '[::1]:9000',
        'localhost:9000',
      ]),
      pieceBytes: 65_536,
      scanMaxBytes: 1_000_000,
      urlSeconds: 86_400,
    });
    expect(lifetimes.list).toEqual({ fresh: 1, whileRevalidate: 2, ifError: 3 });
  });

  it('rejects MEDIA=redirect with an archive', () => {
    expect(() => parseConfig({ ...ARCHIVE, MEDIA: 'redirect' })).toThrow(
      new ConfigError(
        'MEDIA=redirect requires RECORDINGS_SOURCE=twilio: an archive has no URL to redirect to.',
      ),
    );
  });

  it.each([
    { name: 'MEDIA', value: 'true' },
    { name: 'MEDIA_PIECE', value: '1000' },
    { name: 'MEDIA_SCAN_MAX', value: '64M' },
    { name: 'MEDIA_URL_SECONDS', value: '0' },
    { name: 'MEDIA_URL_SECONDS', value: '86401' },
    { name: 'MEDIA_HOSTS', value: ' ' },
    { name: 'MEDIA_HOSTS', value: 'a.example.com,' },
    { name: 'MEDIA_HOSTS', value: '*.s3.amazonaws.com' },
    { name: 'MEDIA_HOSTS', value: 'https://a.example.com' },
    { name: 'MEDIA_HOSTS', value: 'a.example.com/path' },
    { name: 'MEDIA_HOSTS', value: 'user@a.example.com' },
    { name: 'MEDIA_HOSTS', value: 'A.example.com' },
    { name: 'MEDIA_HOSTS', value: 'a.example.com.' },
    { name: 'MEDIA_HOSTS', value: 'a.example.com:443' },
    { name: 'MEDIA_HOSTS', value: 'a.example.com:99999' },
    { name: 'MEDIA_HOSTS', value: 'internal' },
    { name: 'MEDIA_HOSTS', value: '169.254.169.254' },
    { name: 'MEDIA_HOSTS', value: '10.0.0.1:9000' },
    { name: 'MEDIA_HOSTS', value: '[fe80::1]:9000' },
    { name: 'MEDIA_HOSTS', value: '2130706433:9000' },
    { name: 'MEDIA_HOSTS', value: '0x7f.1:9000' },
    { name: 'MEDIA_HOSTS', value: 'localhost' },
    { name: 'MEDIA_HOSTS', value: '127.0.0.1' },
  ])('rejects $name=$value', ({ name, value }) => {
    expect(() => parseConfig({ [name]: value })).toThrow(`${name} must be`);
  });
});

const URL_KEYS = `a:${'x'.repeat(32)}`;

describe('mediaSigningKeys', () => {
  it.each([
    { name: 'the secret of the API key', variables: { TWILIO_API_SECRET: SECRET } },
    { name: 'the auth token', variables: { TWILIO_AUTH_TOKEN: SECRET } },
    {
      name: 'the secret of the API key if there is an auth token as well',
      variables: { TWILIO_API_SECRET: SECRET, TWILIO_AUTH_TOKEN: 'other' },
    },
  ])('is one key that is derived from $name', async ({ variables }) => {
    // openssl kdf -keylen 32 -kdfopt digest:SHA256 -kdfopt key:canary-5f3e -kdfopt info:'room-recordings media 1' -binary HKDF | base64
    const secret = 'PBl+YNM7+pLCI4rUuOdoAY9Suz5t70z0s2yAzZOuHrQ=';
    const { mediaSigningKeys } = parseConfig(variables);
    expect(await mediaSigningKeys?.()).toEqual([{ id: 'media-1', secret }]);
  });

  it('is the keys of URL_SIGNING_KEYS if they are set, also without signed-url in ACCESS', async () => {
    const config = parseConfig({
      ...ARCHIVE,
      URL_SIGNING_KEYS: URL_KEYS,
      TWILIO_API_KEY: 'SK1',
      TWILIO_API_SECRET: SECRET,
    });
    expect(await config.mediaSigningKeys?.()).toEqual([{ id: 'a', secret: 'x'.repeat(32) }]);
    expect(config.access).toBe('public');
  });

  it('is undefined without a secret', () => {
    expect(parseConfig(ARCHIVE).mediaSigningKeys).toBeUndefined();
  });

  it('has no secret in the JSON of the config', async () => {
    const config = parseConfig({ ...ARCHIVE, TWILIO_AUTH_TOKEN: SECRET });
    await config.mediaSigningKeys?.();
    expect(JSON.stringify(config)).not.toContain(SECRET);
  });

  it('is derived once', async () => {
    const { mediaSigningKeys } = parseConfig({ TWILIO_AUTH_TOKEN: SECRET });
    expect(await mediaSigningKeys?.()).toBe(await mediaSigningKeys?.());
  });
});
