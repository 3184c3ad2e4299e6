import { Miniflare, convertV4MiniflareOptions } from 'miniflare';
import { findFreePort } from '../../../test/process/running.ts';
import type { Contender, WholeAnswer } from '../target.ts';

/** Fields that the runtime adds by itself. */
const OF_THE_RUNTIME = new Set(['connection', 'keep-alive', 'transfer-encoding']);

/** A Worker that sends the same Headers and body each time, made when it starts: as little as a Worker can do. */
export async function startPreparedWorker({ headers, body }: WholeAnswer, path: string): Promise<Contender> {
  const port = await findFreePort();
  const own = headers.filter(([name]) => !OF_THE_RUNTIME.has(name));
  const script = `
    const headers = new Headers(${JSON.stringify(own)});
    const body = new TextEncoder().encode(${JSON.stringify(body)});
    export default { fetch: () => new Response(body, { status: 200, headers }) };
  `;
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'prepared',
      modules: [{ type: 'ESModule', path: 'prepared.js', contents: script }],
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
    name: 'a Worker with a prepared answer',
    url: `http://127.0.0.1:${port}${path}`,
    stop: () => worker.dispose(),
  };
}
