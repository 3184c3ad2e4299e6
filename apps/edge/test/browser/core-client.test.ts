import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, startChromium } from './chromium.ts';
import { readByClient } from './client.ts';
import { startPages, type Pages } from './pages.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { findNothing } from '../support/recording.ts';

const LISTED = 'https://app.example.com/';
const FOREIGN = 'https://evil.example/';
const LIST = { ALLOWED_ORIGINS: 'https://app.example.com' };

const UNREAD = 'No response was received.';
const HINT =
  'If the server is running, CORS blocks this page: add https://evil.example to ALLOWED_ORIGINS of the edge.';

/** How many reads reached an edge. */
const reads = ({ logEntries }: TestEdge) => logEntries.filter((line) => line['method'] === 'GET').length;

let pages: Pages;
let browser: Browser;

// `browser.test.ts` reports a missing Chromium.
describe.skipIf(CHROMIUM === undefined)('the client of core in Chromium', () => {
  beforeAll(async () => {
    pages = await startPages();
    browser = await startChromium(CHROMIUM ?? '', pages.port);
  });

  afterAll(async () => {
    await browser.close();
    pages.stop();
  });

  it('reads a recording in a listed page', async () => {
    const edge = createTestEdge(undefined, LIST);
    expect(await readByClient(browser, LISTED, await edge.address)).toEqual({ codec: 'OPUS' });
    expect(reads(edge)).toBe(1);
  });

  it('reads the error of an edge in a listed page', async () => {
    const edge = createTestEdge(findNothing, LIST);
    expect(await readByClient(browser, LISTED, await edge.address)).toMatchObject({ code: 'not_found' });
  });

  it('names ALLOWED_ORIGINS in a foreign page, and reads once', async () => {
    const edge = createTestEdge(undefined, LIST);
    expect(await readByClient(browser, FOREIGN, await edge.address)).toEqual({
      code: 'network',
      message: `${UNREAD} ${HINT}`,
    });
    expect(reads(edge)).toBe(1);
  });
});
