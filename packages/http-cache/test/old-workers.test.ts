import { fileURLToPath } from 'node:url';
import { expectedReport } from '@room-recordings/testing/run-cases';
import { buildSync } from 'esbuild';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wireCases } from './wire/cases.ts';
import { openOrigin, type WireOrigin } from './wire/origin.ts';

const WORKER = fileURLToPath(new URL('runners/run-worker.ts', import.meta.url));
/** Workers have no navigator before the compatibility date 2022-03-21. */
const NO_NAVIGATOR = ['no_global_navigator'];
const RUN_TIMEOUT_MS = 60_000;

let origin: WireOrigin;

beforeAll(async () => {
  origin = await openOrigin();
});

afterAll(() => origin.close());

test.each([
  { name: 'without br', compatibilityDate: '2024-04-28', flags: [], decodesBr: false },
  {
    name: 'without br or a navigator',
    compatibilityDate: '2024-04-28',
    flags: NO_NAVIGATOR,
    decodesBr: false,
  },
  {
    name: 'with the process of Node and without br or a navigator',
    compatibilityDate: '2026-11-01',
    flags: [...NO_NAVIGATOR, 'nodejs_compat', 'no_brotli_content_encoding'],
    decodesBr: false,
  },
  { name: 'with br', compatibilityDate: '2024-04-29', flags: [], decodesBr: true },
])(
  'responses that `fetch` receives over a socket have the correct headers in a Worker $name',
  async ({ compatibilityDate, flags, decodesBr }) => {
    const bundle = buildSync({ entryPoints: [WORKER], bundle: true, format: 'esm', write: false });
    const worker = new Miniflare(
      convertV4MiniflareOptions({
        modules: [{ type: 'ESModule', path: 'run.js', contents: bundle.outputFiles[0]?.text ?? '' }],
        compatibilityDate,
        compatibilityFlags: flags,
        cf: false,
        logRequests: false,
      }),
    );
    try {
      const query = new URLSearchParams({ origin: origin.url, ...(decodesBr && { br: '' }) });
      const response = await worker.dispatchFetch(`http://worker.test/?${query.toString()}`);
      expect(await response.json()).toEqual(expectedReport('workerd', wireCases(origin.url)));
    } finally {
      await worker.dispose();
    }
  },
  RUN_TIMEOUT_MS,
);
