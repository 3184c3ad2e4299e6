import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getBody, FRAMINGS, type Framing } from './bodies.ts';

/** An origin server on a socket. */
export interface WireOrigin {
  readonly url: string;
  close(): Promise<void>;
}

/** Opens an origin that responds to `/{body}/{framing}` with a body of `bodies.ts`. The response is cacheable if the query is not empty. */
export async function openOrigin(): Promise<WireOrigin> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    // Otherwise each body waits 40 ms for the acknowledgement of its head.
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    let received = '';
    socket.on('data', (data) => {
      received += data.toString('latin1');
      for (;;) {
        const end = received.indexOf('\r\n\r\n');
        if (end < 0) return;
        const target = received.split(' ')[1] ?? '/';
        received = received.slice(end + 4);
        respond(socket, new URL(target, 'http://origin.test'));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function respond(socket: Socket, { pathname, search }: URL): void {
  const [, name = '', framing = ''] = pathname.split('/').map(decodeURIComponent);
  const { lines, bytes } = getBody(name);
  const head = [
    'HTTP/1.1 200 OK',
    `Cache-Control: ${search === '' ? 'no-store' : 'max-age=60'}`,
    ...lines,
    ...FRAMINGS[framing as Framing].lines(bytes.byteLength),
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  FRAMINGS[framing as Framing].write(
    bytes,
    (part) => void socket.write(part),
    () => socket.end(),
  );
}
