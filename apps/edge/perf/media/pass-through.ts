import { createServer } from 'node:http';
import process from 'node:process';
import { Readable } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';

// The baseline of `run.ts`: a proxy that sends the response of the storage as it is. `pass-through.ts PORT STORAGE_URL [workerd]` on Node,
// Bun and Deno; with `workerd` it starts workerd from Node.

const [port = '0', storage = '', runtime] = process.argv.slice(2);
const address = { hostname: '127.0.0.1', port: Number(port) };

async function fetchAll(): Promise<{ readonly body: ReadableStream | null; readonly length: string }> {
  const { body, headers } = await fetch(storage, { headers: { range: 'bytes=0-' } });
  return { body, length: headers.get('content-length') ?? '0' };
}

async function passThrough(): Promise<Response> {
  const { body, length } = await fetchAll();
  return new Response(body, { headers: { 'content-length': length } });
}

const WORKER = `export default {
  async fetch(request, { STORAGE }) {
    const { body, headers } = await fetch(STORAGE, { headers: { range: 'bytes=0-' } });
    return new Response(body, { headers: { 'content-length': headers.get('content-length') } });
  },
};`;

/** The used part of Bun and Deno: their own types would replace the standard ones. */
interface FetchRuntimes {
  readonly Bun?: { serve(options: object): unknown };
  readonly Deno?: { serve(options: object, handler: () => Promise<Response>): unknown };
}

const { Bun, Deno } = globalThis as FetchRuntimes;
if (runtime === 'workerd') {
  const worker = new Miniflare(
    convertV4MiniflareOptions({
      name: 'pass-through',
      modules: true,
      script: WORKER,
      compatibilityDate: '2026-11-01',
      bindings: { STORAGE: storage },
      unsafeDirectSockets: [{ host: address.hostname, port: address.port }],
      host: address.hostname,
      port: 0,
      cf: false,
      logRequests: false,
    }),
  );
  await worker.ready;
} else if (Bun !== undefined) {
  Bun.serve({ ...address, fetch: passThrough });
} else if (Deno === undefined) {
  createServer((_request, response) => {
    const send = async () => {
      const { body, length } = await fetchAll();
      response.writeHead(200, { 'content-length': length });
      if (body !== null) Readable.fromWeb(body as NodeStream).pipe(response);
    };
    void send();
  }).listen(address.port, address.hostname);
} else {
  Deno.serve({ ...address, onListen() {} }, passThrough);
}
process.stdout.write('listening\n');
