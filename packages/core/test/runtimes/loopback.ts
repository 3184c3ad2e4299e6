import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A server of raw bytes on this machine. */
export interface Loopback {
  readonly url: string;
  /** The requests, one per connection. */
  readonly requests: readonly string[];
  /** Resolves when the last connection is closed by its client. */
  closed(): Promise<void>;
  stop(): void;
}

/** Starts a server that calls `respond` at the first bytes of each connection. */
export async function startLoopback(respond: (socket: Socket) => void): Promise<Loopback> {
  const requests: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.once('data', (bytes) => {
      requests.push(bytes.toString('latin1'));
      respond(socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    async closed() {
      const last = sockets.at(-1);
      // Not `once` of node:events, which rejects on a reset.
      if (last !== undefined && !last.closed) await new Promise((resolve) => last.once('close', resolve));
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Frames bytes as one chunk of a chunked body. */
export function toChunk(bytes: Uint8Array): Uint8Array {
  const head = new TextEncoder().encode(`${bytes.byteLength.toString(16)}\r\n`);
  return Buffer.concat([head, bytes, Buffer.from('\r\n')]);
}

/** The head of a response with a chunked body. */
export const CHUNKED_HEAD: string = [
  'HTTP/1.1 200 OK',
  'Content-Type: application/json',
  'Transfer-Encoding: chunked',
  'Connection: close',
  '\r\n',
].join('\r\n');
