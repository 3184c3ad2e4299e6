import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { isAppOrigin } from '../../src/config/cors-schemas.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

const EXTENSION = 'abcdefghijklmnopabcdefghijklmnop';

/** The edges by their list of allowed origins. */
const EDGES = new Map<string, TestEdge>();

/** Returns the Access-Control-Allow-Origin of a response to a page of the origin. */
async function fetchAllowedOrigin(listed: string, origin: string): Promise<string | null> {
  const edge = EDGES.get(listed) ?? createTestEdge(undefined, { ALLOWED_ORIGINS: listed });
  EDGES.set(listed, edge);
  const { headers } = await edge.request(PATH, { headers: { Origin: origin } });
  return headers.get('Access-Control-Allow-Origin');
}

const APP_ORIGINS = [
  { name: 'Capacitor on iOS', origin: 'capacitor://localhost' },
  { name: 'Capacitor on Android', origin: 'https://localhost' },
  { name: 'Ionic 4', origin: 'ionic://localhost' },
  { name: 'Tauri', origin: 'tauri://localhost' },
  { name: 'Tauri on Windows', origin: 'http://tauri.localhost' },
  { name: 'Electron', origin: 'app://.' },
  { name: 'Obsidian', origin: 'app://obsidian.md' },
  { name: 'a Chromium extension', origin: `chrome-extension://${EXTENSION}` },
  { name: 'a Firefox extension', origin: 'moz-extension://0e1d6e1b-2a4f-4b57-9c1c-7a3c1f5b2d10' },
  { name: 'a Safari extension', origin: 'safari-web-extension://E2F8E4C5-9C0B-4D55-8E7A-0B0F0F3B7D11' },
  { name: 'a VS Code webview', origin: 'vscode-webview://1ab2c3' },
  { name: 'a scheme with a port', origin: 'my-app+v2.beta://localhost:65535' },
  { name: 'an http page with a port', origin: 'http://localhost:5173' },
  { name: 'a page of an IPv6 address', origin: 'http://[::1]:3000' },
  { name: 'a page of a domain in Punycode', origin: 'https://xn--bcher-kva.example.com' },
];

describe('an app origin in ALLOWED_ORIGINS', () => {
  it.each(APP_ORIGINS)('allows $name: $origin', async ({ origin }) => {
    expect(await fetchAllowedOrigin(`https://app.example.com,${origin}`, origin)).toBe(origin);
  });

  it.each(APP_ORIGINS)('does not allow $name unless it is listed', async ({ origin }) => {
    const others = APP_ORIGINS.map((row) => row.origin).filter((other) => other !== origin);
    expect(await fetchAllowedOrigin(`https://*.example.org,${others.join()}`, origin)).toBeNull();
  });

  it.each([
    { origin: 'capacitor://localhost/' },
    { origin: 'capacitor://LOCALHOST' },
    { origin: 'CAPACITOR://localhost' },
    { origin: 'capacitor://localhost:1' },
    { origin: 'capacitor://localhost.evil.example' },
    { origin: 'capacitor://evil@localhost' },
    { origin: 'capacitor://' },
    { origin: 'capacitor:localhost' },
    { origin: 'capacitor://localhost, capacitor://localhost' },
    { origin: 'xcapacitor://localhost' },
    { origin: 'http://localhost' },
    { origin: 'null' },
    { origin: 'file://' },
  ])('is compared byte by byte: capacitor://localhost does not allow $origin', async ({ origin }) => {
    expect(await fetchAllowedOrigin('capacitor://localhost', origin)).toBeNull();
  });

  it('allows credentials with ALLOW_CREDENTIALS=true', async () => {
    const edge = createTestEdge(undefined, {
      ALLOWED_ORIGINS: 'capacitor://localhost',
      ALLOW_CREDENTIALS: 'true',
    });
    const { headers } = await edge.request(PATH, { headers: { Origin: 'capacitor://localhost' } });
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true');
  });

  it.each([
    { name: 'null', value: 'null' },
    { name: 'null among origins', value: 'capacitor://localhost,null' },
    { name: 'a slash at the end', value: 'capacitor://localhost/' },
    { name: 'a path', value: 'app://./index.html' },
    { name: 'a query', value: 'app://localhost?x' },
    { name: 'a fragment', value: 'app://localhost#x' },
    { name: 'no host', value: 'capacitor://' },
    { name: 'no slashes', value: 'capacitor:localhost' },
    { name: 'a scheme in upper case', value: 'Capacitor://localhost' },
    { name: 'a scheme that begins with a digit', value: '1app://localhost' },
    { name: 'a user', value: 'capacitor://me@localhost' },
    { name: 'a star instead of an extension', value: 'chrome-extension://*' },
    { name: 'a star below a host', value: 'capacitor://*.example.com' },
    { name: 'port 0', value: 'capacitor://localhost:0' },
    { name: 'a port with a zero in front', value: 'capacitor://localhost:080' },
    { name: 'a port beyond 65535', value: 'capacitor://localhost:65536' },
    { name: 'a port without a number', value: 'capacitor://localhost:' },
    { name: 'a space', value: 'capacitor://local host' },
    { name: 'a line feed', value: 'capacitor://localhost\nx: 1' },
    { name: 'a letter beyond ASCII', value: 'capacitor://bücher' },
    { name: 'a file', value: 'file://localhost' },
    { name: 'a WebSocket', value: 'wss://app.example.com' },
    { name: 'FTP', value: 'ftp://app.example.com' },
    { name: 'a domain that is not in Punycode', value: 'https://bücher.example.com' },
    { name: 'another spelling of an IPv6 address', value: 'http://[0:0::1]:3000' },
    { name: 'the default port', value: 'http://[::1]:80' },
    { name: 'an extension page', value: `chrome-extension://${EXTENSION}/popup.html` },
  ])('stops the start with an error of one line for $name', ({ value }) => {
    const parse = () => parseConfig({ ALLOWED_ORIGINS: value });
    expect(parse).toThrow(ConfigError);
    expect(parse).toThrow(
      /^ALLOWED_ORIGINS must be \* or a comma-separated list of origins such as [^\n]* capacitor:\/\/localhost [^\n]*$/,
    );
  });
});

it.each([{ origin: 'http://localhost' }, { origin: 'https://app.example.com' }])(
  'isAppOrigin() returns false for $origin, which the URL parser of the runtime handles',
  ({ origin }) => {
    expect(isAppOrigin(origin)).toBe(false);
  },
);

it('isAppOrigin() takes linear time for 64 kB', () => {
  const startedAt = performance.now();
  for (const text of ['a'.repeat(65_536), `a://${'a'.repeat(65_536)}!`, `a${'.-'.repeat(32_768)}`]) {
    expect(isAppOrigin(text)).toBe(false);
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
