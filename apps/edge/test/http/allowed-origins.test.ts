import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { isSubdomainOrigin, createCorsHeaders } from '../../src/http/cors.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

/** The edges by their list of allowed origins. */
const EDGES = new Map<string, TestEdge>();

/** Returns the Access-Control-Allow-Origin of a response to a page of the origin. */
async function fetchAllowedOrigin(listed: string, origin: string): Promise<string | null> {
  const edge = EDGES.get(listed) ?? createTestEdge(undefined, { ALLOWED_ORIGINS: listed });
  EDGES.set(listed, edge);
  const { headers } = await edge.request(PATH, { headers: { Origin: origin } });
  return headers.get('Access-Control-Allow-Origin');
}

/** Origins that neither `https://example.com` nor `https://*.example.com` matches. */
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
];

describe('ALLOWED_ORIGINS=https://example.com,https://*.example.com', () => {
  it.each([
    ...FOREIGN.map((origin) => ({ name: origin, origin })),
    { name: 'a subdomain of 5,000 characters', origin: `https://${'a'.repeat(5000)}.example.com` },
  ])('does not allow $name', async ({ origin }) => {
    expect(isSubdomainOrigin(['.example.com'], origin)).toBe(false);
    expect(await fetchAllowedOrigin('https://example.com,https://*.example.com', origin)).toBeNull();
  });
});

describe('ALLOWED_ORIGINS=https://example.com', () => {
  it('allows that origin', async () => {
    expect(await fetchAllowedOrigin('https://example.com', 'https://example.com')).toBe(
      'https://example.com',
    );
  });

  it('does not allow a subdomain', async () => {
    expect(await fetchAllowedOrigin('https://example.com', 'https://sub.example.com')).toBeNull();
  });
});

/** More origins that `https://*.example.com` does not match. */
const NOT_BELOW_EXAMPLE_COM = [
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
];

describe('ALLOWED_ORIGINS=https://*.example.com', () => {
  it.each([
    { origin: 'https://app.example.com' },
    { origin: 'https://a.b.c.example.com' },
    { origin: 'https://xn--bcher-kva.example.com' },
    { origin: 'https://pr-12_preview.example.com' },
    { origin: 'https://com.evil.example.com' },
    { origin: 'https://example.com.example.com' },
  ])('allows $origin by its own name', async ({ origin }) => {
    expect(await fetchAllowedOrigin('https://*.example.com', origin)).toBe(origin);
  });

  it.each(NOT_BELOW_EXAMPLE_COM.map((origin) => ({ origin })))(
    'does not allow $origin',
    async ({ origin }) => {
      // Called directly, too, because Headers do not accept every value.
      expect(isSubdomainOrigin(['.example.com'], origin)).toBe(false);
      expect(await fetchAllowedOrigin('https://*.example.com', encodeURI(origin))).toBeNull();
    },
  );

  it('matches every character of the domain literally', async () => {
    expect(await fetchAllowedOrigin('https://*.a+b.example', 'https://x.a+b.example')).toBe(
      'https://x.a+b.example',
    );
    expect(await fetchAllowedOrigin('https://*.a+b.example', 'https://x.aab.example')).toBeNull();
    expect(await fetchAllowedOrigin('https://*.a(b).example', 'https://x.ab.example')).toBeNull();
    expect(await fetchAllowedOrigin('https://*.a$.example', 'https://x.a.example')).toBeNull();
  });

  it('may be combined with exact origins and other patterns', async () => {
    const listed = 'http://localhost:5173, https://*.example.com,https://*.example.org';
    expect(await fetchAllowedOrigin(listed, 'http://localhost:5173')).toBe('http://localhost:5173');
    expect(await fetchAllowedOrigin(listed, 'https://app.example.org')).toBe('https://app.example.org');
    expect(await fetchAllowedOrigin(listed, 'https://app.example.net')).toBeNull();
  });

  it('creates the headers of an origin once and caches those of 1,000 origins', () => {
    const allowedOrigins = { exact: new Set<string>(), subdomainSuffixes: ['.example.com'] };
    const cors = createCorsHeaders({ allowedOrigins, allowCredentials: false, allowedHeaders: [] });
    const headersFor = (origin: string) => cors(new Map([['origin', origin]]));
    const first = headersFor('https://a.example.com');
    expect(headersFor('https://a.example.com')).toBe(first);
    for (let n = 1; n < 1000; n += 1) headersFor(`https://a${n}.example.com`);
    expect(headersFor('https://a.example.com')).toBe(first);
    headersFor('https://one-more.example.com');
    expect(headersFor('https://a.example.com')).not.toBe(first);
    expect(headersFor('https://a.example.com')).toEqual(first);
  });
});

describe('parsing ALLOWED_ORIGINS', () => {
  it.each([
    { name: 'a path', listed: 'https://app.example.com/admin' },
    { name: 'a slash at the end', listed: 'https://app.example.com/' },
    { name: '* beside an origin', listed: '*,https://app.example.com' },
    { name: 'null', listed: 'null' },
    { name: 'another scheme', listed: 'file://' },
    { name: 'the default port', listed: 'https://app.example.com:443' },
    { name: 'upper case', listed: 'https://App.example.com' },
    { name: 'user information', listed: 'https://me@app.example.com' },
    { name: 'no scheme', listed: 'app.example.com' },
    { name: 'an empty member', listed: 'https://app.example.com,,https://admin.example.com' },
    { name: 'a comma at the end', listed: 'https://app.example.com,' },
    { name: 'only a comma', listed: ',' },
    { name: 'only a space', listed: ' ' },
    { name: 'an empty pattern', listed: 'https://*.' },
    { name: 'a star without a domain', listed: 'https://*' },
    { name: 'a star without https', listed: 'http://*.example.com' },
    { name: 'a star without a scheme', listed: '*.example.com' },
    { name: 'a star for a whole top-level domain', listed: 'https://*.com' },
    { name: 'a star beside a label', listed: 'https://app*.example.com' },
    { name: 'a star without its dot', listed: 'https://*example.com' },
    { name: 'a star that is not the first label', listed: 'https://app.*.example.com' },
    { name: 'two stars', listed: 'https://*.*.example.com' },
    { name: 'a star at the end', listed: 'https://example.*' },
    { name: 'a port behind a star', listed: 'https://*.example.com:8443' },
    { name: 'a path behind a star', listed: 'https://*.example.com/' },
    { name: 'a star below an address', listed: 'https://*.10.0.0.1' },
    { name: 'two dots behind a star', listed: 'https://*..example.com' },
    { name: 'a star in upper case', listed: 'https://*.Example.com' },
  ])('stops the start with an error of one line for $name', ({ listed }) => {
    const parse = () => parseConfig({ ALLOWED_ORIGINS: listed });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(
      /^ALLOWED_ORIGINS must be \* or a comma-separated list of origins such as .*[^\n]$/,
    );
  });

  it('stops the start if it is * and ALLOW_CREDENTIALS=true', () => {
    const variables = { ALLOWED_ORIGINS: '*', ALLOW_CREDENTIALS: 'true' };
    expect(() => parseConfig(variables)).toThrow(
      new ConfigError('ALLOW_CREDENTIALS=true requires a list of origins: replace the * in ALLOWED_ORIGINS.'),
    );
    expect(parseConfig({ ...variables, ALLOW_CREDENTIALS: 'false' }).allowedOrigins).toBe('*');
  });

  it('does not stop the start if it is a pattern and ALLOW_CREDENTIALS=true', () => {
    const variables = { ALLOWED_ORIGINS: 'https://*.example.com', ALLOW_CREDENTIALS: 'true' };
    expect(parseConfig(variables).allowCredentials).toBe(true);
  });

  it('stops the start if it is empty or absent and ALLOW_CREDENTIALS=true', () => {
    for (const origins of [{}, { ALLOWED_ORIGINS: '' }]) {
      const variables = { ACCESS: 'public', RECORDINGS_SOURCE: 'archive', ...origins };
      expect(() => parseConfig({ ...variables, ALLOW_CREDENTIALS: 'true' })).toThrow(
        new ConfigError('ALLOW_CREDENTIALS=true requires a list of origins: set ALLOWED_ORIGINS.'),
      );
    }
  });
});
