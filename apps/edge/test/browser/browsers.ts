import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { chromium, type Browser, type BrowserContext } from 'playwright-core';
import { generate } from 'selfsigned';
import { afterAll, beforeAll } from 'vitest';

/** The paths of Chromium on Debian, Ubuntu and Alpine. The variable `CHROMIUM` overrides them. */
const PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The path of Chromium on this machine; undefined if it is not installed. */
export const CHROMIUM: string | undefined = process.env['CHROMIUM'] ?? PATHS.find((path) => existsSync(path));

/** The flags of each start. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync',
  '--disable-background-networking --disable-component-update',
].flatMap((flags) => flags.split(' '));

/**
 * Starts Chromium without a window.
 *
 * @param port the local port that serves the https pages of all hosts on the ports 443 and 444.
 */
function startChromium(executablePath: string, port: number): Promise<Browser> {
  const rules = `MAP *:443 127.0.0.1:${port}, MAP *:444 127.0.0.1:${port}`;
  return chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS, `--host-resolver-rules=${rules}`] });
}

/** Starts Chromium and the server of its pages for the tests of a file. Returns the browser, which is available in tests only. */
export function useChromium(): () => Browser {
  let pages: Pages | undefined;
  let browser: Browser | undefined;
  beforeAll(async () => {
    pages = await startPages();
    browser = await startChromium(CHROMIUM ?? '', pages.port);
  });
  afterAll(async () => {
    await browser?.close();
    pages?.stop();
  });
  return () => {
    if (browser === undefined) throw new Error('Chromium runs only during tests.');
    return browser;
  };
}

/** A TLS server with empty pages for all hosts. */
interface Pages {
  readonly port: number;
  stop(): void;
}

/** Starts a server of empty pages. `/isolated` requires that embedded resources allow it (COEP). */
async function startPages(): Promise<Pages> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'pages' }]);
  const server = createServer({ key, cert }, ({ url }, response) => {
    if (url === '/isolated') {
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    }
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A Chromium with an extension, whose page can fetch like any other page. */
export interface ExtensionBrowser {
  /** The origin of the extension's page, `chrome-extension://<id>`. */
  readonly origin: string;
  readonly context: BrowserContext;
  stop(): Promise<void>;
}

/** Starts Chromium with an extension. The extension does not have host permissions, so that CORS applies. */
export async function startExtension(executablePath: string): Promise<ExtensionBrowser> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ format: 'der', type: 'spki' });
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  const manifest = { manifest_version: 3, name: 'Reader', version: '1', key: key.toString('base64') };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'page.html'), '<!doctype html><title>A page</title>');
  const context = await chromium.launchPersistentContext('', {
    executablePath,
    args: [...CHROMIUM_FLAGS, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
  });
  return {
    origin: `chrome-extension://${computeExtensionId(key)}`,
    context,
    async stop() {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Computes the id of an extension: the hash of its key, written with the letters a to p. */
function computeExtensionId(key: Buffer): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return hash.replaceAll(/./g, (digit) => String.fromCodePoint(97 + Number.parseInt(digit, 16)));
}
