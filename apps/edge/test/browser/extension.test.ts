import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, startExtension, type ExtensionBrowser } from './browsers.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { PATH, SID } from '../support/recording.ts';

describe.skipIf(CHROMIUM === undefined)('a page of a Chromium extension', () => {
  let browser: ExtensionBrowser;

  beforeAll(async () => {
    browser = await startExtension(CHROMIUM ?? '');
  }, 60_000);

  afterAll(() => browser.stop());

  /** Fetches a recording with a header that needs a preflight. */
  async function read(edge: TestEdge): Promise<string> {
    const page = await browser.context.newPage();
    await page.goto(`${browser.origin}/page.html`);
    return page.evaluate(
      async (url) => {
        try {
          const response = await fetch(url, { headers: { traceparent: '00-1-1-01' } });
          return await response.text();
        } catch {
          return 'blocked';
        }
      },
      (await edge.address) + PATH,
    );
  }

  it('reads a recording if its origin is listed', async () => {
    const edge = createTestEdge(undefined, { ALLOWED_ORIGINS: `https://app.example.com,${browser.origin}` });
    expect(await read(edge)).toContain(`"sid":"${SID}"`);
    expect(edge.logEntries.map((line) => line['method'])).toEqual(['OPTIONS', 'GET']);
  });

  it('does not read a recording if another extension is listed', async () => {
    const edge = createTestEdge(undefined, { ALLOWED_ORIGINS: `chrome-extension://${'a'.repeat(32)}` });
    expect(await read(edge)).toBe('blocked');
    expect(edge.logEntries.map((line) => line['method'])).toEqual(['OPTIONS']);
  });
});
