import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { ROOM_SID, SID } from '../support/recording.ts';
import type { TestEdge } from '../support/test-edge.ts';

/** The part of a response that a page can read. */
export interface PageResponse {
  readonly type: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isIsolated: boolean;
}

/** The fetch options of a page that can be passed to the browser as JSON. */
export interface PageFetchOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: 'omit' | 'include';
  readonly mode?: 'cors' | 'no-cors';
  /** The mode of the browser's cache. Default: `no-store`. */
  readonly cache?: 'default' | 'no-store';
}

/** A browser session: its cache and cookies persist from one fetch to the next. */
export interface BrowserSession {
  /** Opens a page that fetches a URL. Returns the response, or `blocked` if the browser blocked it. */
  fetch(page: string, url: string, options?: PageFetchOptions): Promise<PageResponse | 'blocked'>;
  close(): Promise<void>;
}

/** Opens a new session with an empty cache. */
export async function openSession(browser: Browser): Promise<BrowserSession> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  return {
    async fetch(page, url, fetchOptions = {}) {
      const tab = await context.newPage();
      await tab.goto(page);
      return tab.evaluate(
        async ({ target, options }) => {
          try {
            const response = await fetch(target, { cache: 'no-store', ...options });
            return {
              type: response.type,
              status: response.status,
              text: await response.text(),
              headers: Object.fromEntries(response.headers),
              isIsolated: globalThis.crossOriginIsolated,
            };
          } catch {
            return 'blocked' as const;
          }
        },
        { target: url, options: fetchOptions },
      );
    },
    close: () => context.close(),
  };
}

/** Opens a page in a new session and fetches a URL there. */
export async function fetchInPage(
  browser: Browser,
  page: string,
  url: string,
  options: PageFetchOptions = {},
): Promise<PageResponse | 'blocked'> {
  const session = await openSession(browser);
  const response = await session.fetch(page, url, options);
  await session.close();
  return response;
}

/** The result of a read by the core client in a page. */
export type ClientOutcome = { readonly codec: string } | { readonly code: string; readonly message: string };

const CORE = resolve(import.meta.dirname, '../../../../packages/core');

/** Opens a page and reads the recording of the tests there with the built core client. */
export async function fetchByCoreClient(
  browser: Browser,
  page: string,
  baseUrl: string,
): Promise<ClientOutcome> {
  const core = await readFile(resolve(CORE, 'dist/index.js'), 'utf8');
  const errors = await readFile(resolve(CORE, 'dist/errors.js'), 'utf8');
  const valibot = await readFile(resolve(CORE, 'node_modules/valibot/dist/index.mjs'), 'utf8');
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const tab = await context.newPage();
  await tab.goto(page);
  const url = toModuleUrl(
    core
      .replace(/(from\s*)["']valibot["']/, `$1"${toModuleUrl(valibot)}"`)
      .replace(/(from\s*)["']\.\/errors\.js["']/, `$1"${toModuleUrl(errors)}"`),
  );
  // Source text, because the test runner replaces `import()` by a function that does not exist in a page.
  const outcome = await tab.evaluate<ClientOutcome>(`
    import(${JSON.stringify(url)})
      .then(({ createRecordingsClient }) => createRecordingsClient({ baseUrl: ${JSON.stringify(baseUrl)} }))
      .then((client) => client.fetch('${ROOM_SID}', '${SID}'))
      .then(({ codec }) => ({ codec }), ({ code, message }) => ({ code, message }))`);
  await context.close();
  return outcome;
}

function toModuleUrl(module: string): string {
  return `data:text/javascript;base64,${Buffer.from(module).toString('base64')}`;
}

/** Headers that tracing SDKs add to the requests of a page. */
export const TRACING_HEADERS: Readonly<Record<string, string>> = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tracestate: 'dd=s:1;o:rum',
  baggage: 'sentry-trace_id=0af7651916cd43dd8448eb211c80319c',
  'sentry-trace': '0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1',
  'x-datadog-origin': 'rum',
  'x-datadog-parent-id': '1',
  'x-datadog-sampling-priority': '1',
  'x-datadog-trace-id': '1',
  newrelic: 'e30=',
  'Request-Id': '|1.2',
  'Request-Context': 'appId=cid-v1:1',
};

/** Headers that HTTP libraries and players add. */
export const LIBRARY_HEADERS: Readonly<Record<string, string>> = {
  'X-Requested-With': 'XMLHttpRequest',
  'Cache-Control': 'no-cache',
  Pragma: 'no-cache',
  'If-Range': '"x"',
};

// Shared by the tests of CORS.

/** A page of the origin that {@link LIST} contains. */
export const LISTED_PAGE = 'https://app.example.com/';
/** A page of an origin below the domain that {@link LIST} contains. */
export const WILDCARD_PAGE = 'https://a.b.example.org/';
/** A page of an origin that {@link LIST} does not contain. */
export const OTHER_PAGE = 'https://evil.example/';
/** The setting of these pages. */
export const LIST = { ALLOWED_ORIGINS: 'https://app.example.com,https://*.example.org' } as const;

/** The safelisted response headers of these responses. */
const SAFELISTED = ['cache-control', 'content-length', 'content-type'];
/** The headers of each response that a page can read. */
export const COMMON_HEADERS: readonly string[] = [...SAFELISTED, 'date', 'x-request-id'];

/** Returns the sorted names of the headers that a page can read. */
export const listHeaderNames = (response: PageResponse | 'blocked'): readonly string[] | 'blocked' =>
  response === 'blocked' ? response : Object.keys(response.headers).toSorted();

/** Counts the requests with a method that reached an edge. */
export const countRequests = ({ logEntries }: TestEdge, method: string): number =>
  logEntries.filter((line) => line['method'] === method).length;
