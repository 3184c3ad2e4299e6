import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext } from 'playwright-core';
import { FLAGS } from './chromium.ts';

/** A Chromium with an extension of the test's own, whose page may fetch like any other page. */
export interface ExtensionBrowser {
  /** The origin of the extension's page, `chrome-extension://<id>`. */
  readonly origin: string;
  readonly context: BrowserContext;
  stop(): Promise<void>;
}

/** Starts Chromium with the extension; it has no permission for any host, so that CORS decides. */
export async function startExtension(executablePath: string): Promise<ExtensionBrowser> {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = publicKey.export({ format: 'der', type: 'spki' });
  const folder = mkdtempSync(join(tmpdir(), 'extension-'));
  const manifest = { manifest_version: 3, name: 'Reader', version: '1', key: key.toString('base64') };
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
  writeFileSync(join(folder, 'page.html'), '<!doctype html><title>A page</title>');
  const context = await chromium.launchPersistentContext('', {
    executablePath,
    args: [...FLAGS, `--disable-extensions-except=${folder}`, `--load-extension=${folder}`],
  });
  return {
    origin: `chrome-extension://${idOf(key)}`,
    context,
    async stop() {
      await context.close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Chromium names an extension by the hash of its key, whose digits are the letters a to p. */
function idOf(key: Buffer): string {
  const hash = createHash('sha256').update(key).digest('hex').slice(0, 32);
  return hash.replaceAll(/./g, (digit) => String.fromCodePoint(97 + Number.parseInt(digit, 16)));
}
