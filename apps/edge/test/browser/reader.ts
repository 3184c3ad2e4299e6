import type { Browser } from 'playwright-core';

/** What a page could read of an answer. */
export interface Seen {
  readonly type: string;
  readonly status: number;
  readonly text: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isIsolated: boolean;
}

/** How a page asks: the part of fetch's options that goes into a browser as JSON. */
export interface Asking {
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials?: 'omit' | 'include';
  readonly mode?: 'cors' | 'no-cors';
}

/** Opens a page, lets it fetch, and tells what it could read; `blocked` where the browser did not let it. */
export async function readIn(
  browser: Browser,
  page: string,
  url: string,
  asking: Asking = {},
): Promise<Seen | 'blocked'> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const opened = await context.newPage();
  await opened.goto(page);
  const seen = await opened.evaluate(
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
    { target: url, options: asking },
  );
  await context.close();
  return seen;
}
