import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { isSubdomainOrigin, createCorsHeaders } from '../../src/http/cors.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

async function readableBy(listed: string, origin: string): Promise<string | null> {
  const { request } = createTestEdge(undefined, { ALLOWED_ORIGINS: listed });
  const { headers } = await request(PATH, { headers: { Origin: origin } });
  return headers.get('Access-Control-Allow-Origin');
}

const FOREIGN = [
  'https://evil-example.com',
  'https://evilexample.com',
  'https://example.com.evil.com',
  'https://exampleXcom',
  'https://examplexcom',
  'http://example.com',
  'https://example.com:8443',
  'https://example.com:443',
  'https://example.com.',
  'https://example.com/',
  'HTTPS://EXAMPLE.COM',
  'https://EXAMPLE.com',
  'https://user@example.com',
  'null',
  'file://',
  'chrome-extension://x',
  'https://example.com https://example.com',
  'https://example.com, https://example.com',
  'https://example.com,https://evil.com',
  `https://${'a'.repeat(5000)}.example.com`,
];

describe('ALLOWED_ORIGINS=https://example.com', () => {
  it('S66: lets it read', async () => {
    expect(await readableBy('https://example.com', 'https://example.com')).toBe('https://example.com');
  });

  it.each([...FOREIGN, 'https://sub.example.com'])('S66: lets %s not read', async (origin) => {
    expect(await readableBy('https://example.com', origin)).toBeNull();
  });
});

describe('ALLOWED_ORIGINS=https://*.example.com', () => {
  it.each([
    'https://app.example.com',
    'https://a.b.c.example.com',
    'https://xn--bcher-kva.example.com',
    'https://pr-12_preview.example.com',
    'https://com.evil.example.com',
    'https://example.com.example.com',
  ])('S67: lets %s read, and says its name', async (origin) => {
    expect(await readableBy('https://*.example.com', origin)).toBe(origin);
  });

  it.each([
    ...FOREIGN,
    'https://example.com',
    'https://.example.com',
    'https://*.example.com',
    'https://a..example.com',
    'https://.a.example.com',
    'https://-example.com',
    'http://app.example.com',
    'ftp://app.example.com',
    'https://app.example.com:8443',
    'https://app.example.com.',
    'https://app.exampleXcom',
    'https://APP.example.com',
    'https://user@app.example.com',
    'https://evil.com/.example.com',
    'https://evil.com:1.example.com',
    'https://evil.com#.example.com',
    'https://evil.com?.example.com',
    'https://evil.com\\.example.com',
    'https://evil.com%2f.example.com',
    'https://evil.com`.example.com',
    'https://evil.com{.example.com',
    'https://bücher.example.com',
    'https://app.example.com https://app.example.com',
    'xhttps://app.example.com',
  ])('S66, S67: lets %s not read', async (origin) => {
    // Straight from the list too, since not every value passes a Headers object.
    expect(isSubdomainOrigin(['.example.com'], origin)).toBe(false);
    expect(await readableBy('https://*.example.com', encodeURI(origin))).toBeNull();
  });

  it('S67: takes each sign of the domain for itself', async () => {
    expect(await readableBy('https://*.a+b.example', 'https://x.a+b.example')).toBe('https://x.a+b.example');
    expect(await readableBy('https://*.a+b.example', 'https://x.aab.example')).toBeNull();
    expect(await readableBy('https://*.a(b).example', 'https://x.ab.example')).toBeNull();
    expect(await readableBy('https://*.a$.example', 'https://x.a.example')).toBeNull();
  });

  it('stands beside origins that are listed whole', async () => {
    const listed = 'http://localhost:5173, https://*.example.com,https://*.example.org';
    expect(await readableBy(listed, 'http://localhost:5173')).toBe('http://localhost:5173');
    expect(await readableBy(listed, 'https://app.example.org')).toBe('https://app.example.org');
    expect(await readableBy(listed, 'https://app.example.net')).toBeNull();
  });

  it('makes the fields of an origin once, and keeps no more than 1,000 of them', () => {
    const allowedOrigins = { exact: new Set<string>(), below: ['.example.com'] };
    const cors = createCorsHeaders({ allowedOrigins, allowCredentials: false, allowedHeaders: [] });
    const fieldsOf = (origin: string) => cors(new Map([['origin', origin]]));
    const first = fieldsOf('https://a.example.com');
    expect(fieldsOf('https://a.example.com')).toBe(first);
    for (let n = 1; n < 1000; n += 1) fieldsOf(`https://a${n}.example.com`);
    expect(fieldsOf('https://a.example.com')).toBe(first);
    fieldsOf('https://one-more.example.com');
    expect(fieldsOf('https://a.example.com')).not.toBe(first);
    expect(fieldsOf('https://a.example.com')).toEqual(first);
  });

  it('S75: goes over 64 kB once', () => {
    const startedAt = performance.now();
    isSubdomainOrigin(['.example.com'], `https://${'a.'.repeat(32_768)}!.example.com`);
    isSubdomainOrigin(['.example.com'], `https://${'a'.repeat(65_536)}`);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('an ALLOWED_ORIGINS that cannot be meant', () => {
  it.each([
    ['a path', 'https://app.example.com/admin'],
    ['a slash at the end', 'https://app.example.com/'],
    ['everyone among others', '*,https://app.example.com'],
    ['null', 'null'],
    ['another scheme', 'file://'],
    ['a port that is the usual one', 'https://app.example.com:443'],
    ['upper case', 'https://App.example.com'],
    ['a user', 'https://me@app.example.com'],
    ['no scheme', 'app.example.com'],
    ['an empty member', 'https://app.example.com,,https://admin.example.com'],
    ['a comma at the end', 'https://app.example.com,'],
    ['a comma alone', ','],
    ['a space alone', ' '],
    ['an empty pattern', 'https://*.'],
    ['a star alone', 'https://*'],
    ['a star without https', 'http://*.example.com'],
    ['a star without a scheme', '*.example.com'],
    ['a star for a whole top-level domain', 'https://*.com'],
    ['a star beside a label', 'https://app*.example.com'],
    ['a star without its dot', 'https://*example.com'],
    ['a star further in', 'https://app.*.example.com'],
    ['two stars', 'https://*.*.example.com'],
    ['a star at the end', 'https://example.*'],
    ['a port behind a star', 'https://*.example.com:8443'],
    ['a path behind a star', 'https://*.example.com/'],
    ['a star below an address', 'https://*.10.0.0.1'],
    ['two dots behind a star', 'https://*..example.com'],
    ['a star in upper case', 'https://*.Example.com'],
  ])('stops the start with one line: %s', (_what, listed) => {
    const read = () => parseConfig({ ALLOWED_ORIGINS: listed });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(/^ALLOWED_ORIGINS must be \* or a comma-separated list of origins such as .*[^\n]$/);
  });

  it('C03, S68: stops the start for everyone with credentials', () => {
    const variables = { ALLOWED_ORIGINS: '*', ALLOW_CREDENTIALS: 'true' };
    expect(() => parseConfig(variables)).toThrow(
      new ConfigError('ALLOW_CREDENTIALS=true requires a list of origins: replace the * in ALLOWED_ORIGINS.'),
    );
    expect(parseConfig({ ...variables, ALLOW_CREDENTIALS: 'false' }).allowedOrigins).toBe('*');
  });

  it('allows credentials for a pattern alone', () => {
    const variables = { ALLOWED_ORIGINS: 'https://*.example.com', ALLOW_CREDENTIALS: 'true' };
    expect(parseConfig(variables).allowCredentials).toBe(true);
  });

  it('C03, S32: refuses credentials without an origin that could send them', () => {
    for (const origins of [{}, { ALLOWED_ORIGINS: '' }]) {
      const said = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive', ...origins };
      expect(() => parseConfig({ ...said, ALLOW_CREDENTIALS: 'true' })).toThrow(
        new ConfigError('ALLOW_CREDENTIALS=true requires a list of origins: set ALLOWED_ORIGINS.'),
      );
    }
  });
});
