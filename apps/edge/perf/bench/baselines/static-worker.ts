import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { findFreePort } from '../../../test/process/edge-process.ts';
import type { BenchTarget, CompleteResponse } from '../target.ts';

/** Headers that the runtime adds itself. */
const RUNTIME_HEADERS = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** Starts a Worker that sends the same Headers and body for each request: the minimum that a Worker can do. */
export async function startStaticWorker(
  { headers, body }: CompleteResponse,
  path: string,
): Promise<BenchTarget> {
  const port = await findFreePort();
  const staticHeaders = headers.filter(([name]) => !RUNTIME_HEADERS.has(name));
  const script = `
    const headers = new Headers(${JSON.stringify(staticHeaders)});
    const body = new TextEncoder().encode(${JSON.stringify(body)});
    export default { fetch: () => new Response(body, { status: 200, headers }) };
  `;
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'static',
      modules: [{ type: 'ESModule', path: 'static.js', contents: script }],
      compatibilityDate: '2026-11-01',
      unsafeDirectSockets: [{ host: '127.0.0.1', port }],
      host: '127.0.0.1',
      port: 0,
      cf: false,
      logRequests: false,
    }),
  );
  await worker.ready;
  return {
    name: 'a Worker with a static response',
    url: `http://127.0.0.1:${port}${path}`,
    stop: () => worker.dispose(),
  };
}
