import { existsSync } from 'node:fs';
import process from 'node:process';
import { chromium, type Browser } from 'playwright-core';

/** Where Debian, Ubuntu and Alpine put it; `CHROMIUM` names another one. */
const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The Chromium of this machine; undefined where there is none. */
export const CHROMIUM: string | undefined =
  process.env['CHROMIUM'] ?? PLACES.find((path) => existsSync(path));

/** Flags of every start. */
export const FLAGS: readonly string[] = [
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync',
  '--disable-background-networking --disable-component-update',
].flatMap((flags) => flags.split(' '));

/**
 * Starts it without a window.
 *
 * @param port where every https page of ports 443 and 444 is, whatever its host is called.
 */
export function startChromium(executablePath: string, port: number): Promise<Browser> {
  const rules = `MAP *:443 127.0.0.1:${port}, MAP *:444 127.0.0.1:${port}`;
  return chromium.launch({ executablePath, args: [...FLAGS, `--host-resolver-rules=${rules}`] });
}
