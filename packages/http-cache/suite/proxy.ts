import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { createHttpCache, memoryStore } from '../src/index.ts';
import { fetchByHttp } from './http-fetch.ts';

/** Starts a reverse proxy that contains only the cache, as the subject of the suite. */
export async function startProxy(origin: string): Promise<{ readonly url: string; readonly server: Server }> {
  const cache = createHttpCache({
    fetch: fetchByHttp,
    store: memoryStore({ maxBytes: 64 * 1024 * 1024 }),
    // Some required tests count only if stale responses are served in place of errors.
    staleIfError: 60,
  });
  const server = createServer((incoming, outgoing) => {
    void handle(incoming).catch(() => outgoing.writeHead(502).end());

    async function handle(message: IncomingMessage): Promise<void> {
      const response = await cache.fetch(await toRequest(message, origin));
      await write(response, outgoing);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string')
    throw new Error('The proxy is not listening on a port.');
  return { url: `http://127.0.0.1:${address.port}`, server };
}

async function toRequest(incoming: IncomingMessage, origin: string): Promise<Request> {
  const method = String(incoming.method);
  const headers = new Headers();
  for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
    const name = String(incoming.rawHeaders[index]);
    if (name.toLowerCase() !== 'host') headers.append(name, String(incoming.rawHeaders[index + 1]));
  }
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = method === 'GET' || method === 'HEAD' ? null : Buffer.concat(chunks);
  return new Request(new URL(String(incoming.url), origin), { method, headers, body, redirect: 'manual' });
}

async function write(response: Response, outgoing: ServerResponse): Promise<void> {
  const body = new Uint8Array(await response.arrayBuffer());
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.end(body);
}
