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
  /** Whether the browser's own cache may answer; `no-store` where nothing is said. */
  readonly cache?: 'default' | 'no-store';
}

/** A browser of one person: what it keeps of one fetch is there for the next. */
export interface Reader {
  /** Opens a page, lets it fetch, and tells what it could read; `blocked` where the browser did not let it. */
  read(page: string, url: string, asking?: Asking): Promise<Seen | 'blocked'>;
  leave(): Promise<void>;
}

/** Starts one, which has kept nothing yet. */
export async function openReader(browser: Browser): Promise<Reader> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  return {
    async read(page, url, asking = {}) {
      const opened = await context.newPage();
      await opened.goto(page);
      return opened.evaluate(
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
    },
    leave: () => context.close(),
  };
}

/** Lets a page fetch in a browser that has kept nothing. */
export async function readIn(
  browser: Browser,
  page: string,
  url: string,
  asking: Asking = {},
): Promise<Seen | 'blocked'> {
  const reader = await openReader(browser);
  const seen = await reader.read(page, url, asking);
  await reader.leave();
  return seen;
}
