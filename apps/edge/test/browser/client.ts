import { Buffer } from 'node:buffer';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Browser } from 'playwright-core';
import { ROOM_SID, SID } from '../support/recording.ts';

/** How a read by the client of core ended in a page. */
export type ClientOutcome = { readonly codec: string } | { readonly code: string; readonly message: string };

const CORE = resolve(import.meta.dirname, '../../../../packages/core');

/** Opens a page of this address, and reads the recording of the tests there with the built client of core. */
export async function readByClient(browser: Browser, page: string, baseUrl: string): Promise<ClientOutcome> {
  const core = await readFile(resolve(CORE, 'dist/index.js'), 'utf8');
  const errors = await readFile(resolve(CORE, 'dist/errors.js'), 'utf8');
  const valibot = await readFile(resolve(CORE, 'node_modules/valibot/dist/index.mjs'), 'utf8');
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const opened = await context.newPage();
  await opened.goto(page);
  const url = toUrl(
    core
      .replace(/(from\s*)["']valibot["']/, `$1"${toUrl(valibot)}"`)
      .replace(/(from\s*)["']\.\/errors\.js["']/, `$1"${toUrl(errors)}"`),
  );
  // As text: what the test runner makes of `import()` does not exist in a page.
  const outcome = await opened.evaluate<ClientOutcome>(`
    import(${JSON.stringify(url)})
      .then(({ createRecordingsClient }) => createRecordingsClient({ baseUrl: ${JSON.stringify(baseUrl)} }))
      .then((client) => client.fetch('${ROOM_SID}', '${SID}'))
      .then(({ codec }) => ({ codec }), ({ code, message }) => ({ code, message }))`);
  await context.close();
  return outcome;
}

function toUrl(module: string): string {
  return `data:text/javascript;base64,${Buffer.from(module).toString('base64')}`;
}
