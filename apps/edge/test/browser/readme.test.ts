import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findFreePort, getLocalCommand, start, type EdgeProcess } from '../process/edge-process.ts';
import { CHROMIUM, useChromium } from './browsers.ts';

const README = resolve(import.meta.dirname, '../../../../README.md');
const LOCAL_ORIGIN = 'http://127.0.0.1:8787';

/** Returns the first HTML block of the README. */
function readExample(): string {
  const [, html = ''] = /^```html\n([^]*?)^```$/m.exec(readFileSync(README, 'utf8')) ?? [];
  return html;
}

// `cors.test.ts` reports a missing Chromium.
describe.skipIf(CHROMIUM === undefined)('the page of the README in Chromium', () => {
  const getBrowser = useChromium();
  const folder = mkdtempSync(join(tmpdir(), 'readme-'));
  let edge: EdgeProcess;
  let origin: string;

  beforeAll(async () => {
    const port = await findFreePort();
    origin = `http://127.0.0.1:${port}`;
    edge = await start(getLocalCommand(folder), { PORT: String(port) }, 'curl ');
  }, 60_000);

  afterAll(async () => {
    await edge.stop();
    rmSync(folder, { recursive: true });
  });

  it('lists the tracks of the room of pnpm start, and plays one, from a file', async () => {
    const path = join(folder, 'page.html');
    writeFileSync(path, readExample().replaceAll(LOCAL_ORIGIN, origin));
    const tab = await getBrowser().newPage();
    await tab.goto(pathToFileURL(path).href);
    await tab.waitForFunction('document.querySelector("video").currentTime > 0');
    const text = await tab.textContent('body');
    for (const codec of ['OPUS', 'VP8', 'H264', 'PCMU']) expect(text).toContain(codec);
    await tab.close();
  });

  it('opens the video that pnpm start prints, as a page of its own', async () => {
    const [, url = 'about:blank'] = /^Open a recording in a browser:\n\n {2}(\S+)$/m.exec(edge.text()) ?? [];
    const tab = await getBrowser().newPage();
    await tab.goto(url);
    await tab.waitForFunction('document.querySelector("video").readyState > 1');
    expect(await tab.evaluate('document.querySelector("video").duration')).toBeCloseTo(36, 1);
    await tab.close();
  });

  it('has at most ten lines', () => {
    expect(readExample().trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });
});
