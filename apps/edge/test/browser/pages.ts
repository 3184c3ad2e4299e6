import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { generate } from 'selfsigned';

/** A server of empty pages under every name, over TLS. */
export interface Pages {
  readonly port: number;
  stop(): void;
}

/** Starts it. `/isolated` lets nothing in that does not say that it may be embedded (COEP). */
export async function startPages(): Promise<Pages> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'pages' }]);
  const server = createServer({ key, cert }, ({ url }, answer) => {
    if (url === '/isolated') {
      answer.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
      answer.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    }
    answer.setHeader('Content-Type', 'text/html').end('<!doctype html><title>A page</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
