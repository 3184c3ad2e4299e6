import { describe, expect, it } from 'vitest';
import { CHROMIUM, useChromium } from './browsers.ts';
import { fetchByCoreClient } from './page-fetch.ts';
import { createTestEdge, type TestEdge } from '../support/test-edge.ts';
import { findNothing } from '../support/recording.ts';

const LISTED = 'https://app.example.com/';
const FOREIGN = 'https://evil.example/';
const LIST = { ALLOWED_ORIGINS: 'https://app.example.com' };

const NO_RESPONSE = 'No response was received.';
const HINT =
  'If the server is running, CORS blocks this page: add https://evil.example to ALLOWED_ORIGINS of the edge.';

/** Counts the GET requests that reached an edge. */
const countReads = ({ logEntries }: TestEdge) => logEntries.filter((line) => line['method'] === 'GET').length;

// `cors.test.ts` reports a missing Chromium.
describe.skipIf(CHROMIUM === undefined)('the core client in Chromium', () => {
  const getBrowser = useChromium();

  it('reads a recording in a page of a listed origin', async () => {
    const edge = createTestEdge(undefined, LIST);
    expect(await fetchByCoreClient(getBrowser(), LISTED, await edge.address)).toEqual({ codec: 'OPUS' });
    expect(countReads(edge)).toBe(1);
  });

  it('reads the error of the edge in a page of a listed origin', async () => {
    const edge = createTestEdge(findNothing, LIST);
    expect(await fetchByCoreClient(getBrowser(), LISTED, await edge.address)).toMatchObject({
      code: 'not_found',
    });
  });

  it('rejects with a hint at ALLOWED_ORIGINS in a page of another origin, and does not retry', async () => {
    const edge = createTestEdge(undefined, LIST);
    expect(await fetchByCoreClient(getBrowser(), FOREIGN, await edge.address)).toEqual({
      code: 'network',
      message: `${NO_RESPONSE} ${HINT}`,
    });
    expect(countReads(edge)).toBe(1);
  });
});
