import { describe, expect, it } from 'vitest';
import { parseConfig, ConfigError } from '../../src/config/config.ts';
import { isAppOrigin } from '../../src/config/cors-schemas.ts';
import { createTestEdge } from '../support/test-edge.ts';
import { PATH } from '../support/recording.ts';

const EXTENSION = 'abcdefghijklmnopabcdefghijklmnop';

/** The origin that an edge with this list allows to read, over a socket. */
async function allowedOrigin(listed: string, origin: string): Promise<string | null> {
  const { headers } = await createTestEdge(undefined, { ALLOWED_ORIGINS: listed }).request(PATH, {
    headers: { Origin: origin },
  });
  return headers.get('Access-Control-Allow-Origin');
}

const APP_ORIGINS = [
  { app: 'Capacitor on iOS', origin: 'capacitor://localhost' },
  { app: 'Capacitor on Android', origin: 'https://localhost' },
  { app: 'Ionic 4', origin: 'ionic://localhost' },
  { app: 'Tauri', origin: 'tauri://localhost' },
  { app: 'Tauri on Windows', origin: 'http://tauri.localhost' },
  { app: 'Electron', origin: 'app://.' },
  { app: 'Obsidian', origin: 'app://obsidian.md' },
  { app: 'Chromium extension', origin: `chrome-extension://${EXTENSION}` },
  { app: 'Firefox extension', origin: 'moz-extension://0e1d6e1b-2a4f-4b57-9c1c-7a3c1f5b2d10' },
  { app: 'Safari extension', origin: 'safari-web-extension://E2F8E4C5-9C0B-4D55-8E7A-0B0F0F3B7D11' },
  { app: 'VS Code webview', origin: 'vscode-webview://1ab2c3' },
  { app: 'scheme with a port', origin: 'my-app+v2.beta://localhost:65535' },
  { app: 'http page with a port', origin: 'http://localhost:5173' },
  { app: 'page of an IPv6 address', origin: 'http://[::1]:3000' },
  { app: 'page of a domain in Punycode', origin: 'https://xn--bcher-kva.example.com' },
];

describe('ALLOWED_ORIGINS', () => {
  it.each(APP_ORIGINS)('lets a $app read: $origin', async ({ origin }) => {
    expect(await allowedOrigin(`https://app.example.com,${origin}`, origin)).toBe(origin);
  });

  it.each(APP_ORIGINS)('does not let a $app read that is not listed', async ({ origin }) => {
    const others = APP_ORIGINS.map((one) => one.origin).filter((one) => one !== origin);
    expect(await allowedOrigin(`https://*.example.org,${others.join()}`, origin)).toBeNull();
  });

  it.each([
    'capacitor://localhost/',
    'capacitor://LOCALHOST',
    'CAPACITOR://localhost',
    'capacitor://localhost:1',
    'capacitor://localhost.evil.example',
    'capacitor://evil@localhost',
    'capacitor://',
    'capacitor:localhost',
    'capacitor://localhost, capacitor://localhost',
    'xcapacitor://localhost',
    'http://localhost',
    'null',
    'file://',
  ])('compares the bytes of an app origin: %s may not read', async (origin) => {
    expect(await allowedOrigin('capacitor://localhost', origin)).toBeNull();
  });

  it('sends credentials to an app that is listed', async () => {
    const edge = createTestEdge(undefined, {
      ALLOWED_ORIGINS: 'capacitor://localhost',
      ALLOW_CREDENTIALS: 'true',
    });
    const { headers } = await edge.request(PATH, { headers: { Origin: 'capacitor://localhost' } });
    expect(headers.get('Access-Control-Allow-Credentials')).toBe('true');
  });

  it.each([
    { what: 'null', value: 'null' },
    { what: 'null among origins', value: 'capacitor://localhost,null' },
    { what: 'a slash at the end', value: 'capacitor://localhost/' },
    { what: 'a path', value: 'app://./index.html' },
    { what: 'a query', value: 'app://localhost?x' },
    { what: 'a fragment', value: 'app://localhost#x' },
    { what: 'no host', value: 'capacitor://' },
    { what: 'no slashes', value: 'capacitor:localhost' },
    { what: 'a scheme in upper case', value: 'Capacitor://localhost' },
    { what: 'a scheme that begins with a digit', value: '1app://localhost' },
    { what: 'a user', value: 'capacitor://me@localhost' },
    { what: 'a star for every extension', value: 'chrome-extension://*' },
    { what: 'a star below a host', value: 'capacitor://*.example.com' },
    { what: 'port 0', value: 'capacitor://localhost:0' },
    { what: 'a port with a zero in front', value: 'capacitor://localhost:080' },
    { what: 'a port beyond 65535', value: 'capacitor://localhost:65536' },
    { what: 'a port without a number', value: 'capacitor://localhost:' },
    { what: 'a space', value: 'capacitor://local host' },
    { what: 'a line feed', value: 'capacitor://localhost\nx: 1' },
    { what: 'a letter beyond ASCII', value: 'capacitor://bücher' },
    { what: 'a file', value: 'file://localhost' },
    { what: 'a WebSocket', value: 'wss://app.example.com' },
    { what: 'FTP', value: 'ftp://app.example.com' },
    { what: 'a domain that is not in Punycode', value: 'https://bücher.example.com' },
    { what: 'another spelling of an IPv6 address', value: 'http://[0:0::1]:3000' },
    { what: 'a port that is the scheme’s own', value: 'http://[::1]:80' },
    { what: 'an extension page', value: `chrome-extension://${EXTENSION}/popup.html` },
  ])('stops the start for $what', ({ value }) => {
    const read = () => parseConfig({ ALLOWED_ORIGINS: value });
    expect(read).toThrow(ConfigError);
    expect(read).toThrow(
      /^ALLOWED_ORIGINS must be \* or a comma-separated list of origins such as [^\n]* capacitor:\/\/localhost [^\n]*$/,
    );
  });
});

it.each(['http://localhost', 'https://app.example.com'])(
  'isAppOrigin() leaves %s to the URL parser of the runtime',
  (origin) => {
    expect(isAppOrigin(origin)).toBe(false);
  },
);

it('isAppOrigin() reads 64 kB once', () => {
  const startedAt = performance.now();
  for (const text of ['a'.repeat(65_536), `a://${'a'.repeat(65_536)}!`, `a${'.-'.repeat(32_768)}`]) {
    expect(isAppOrigin(text)).toBe(false);
  }
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
