import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** What came over a connection for one request. */
export interface Received {
  readonly status: number;
  /** The status line and the fields, as they came. */
  readonly head: string;
}

interface Settle {
  resolve(received: Received): void;
  reject(fault: Error): void;
}

/** A connection that is kept alive; one request at a time. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #settle: Settle | undefined;
  /** Until either side closes it; a server does that to one that is idle for a while. */
  isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#take(chunk));
    socket.on('close', () => {
      this.isOpen = false;
      this.#settle?.reject(new Error('The connection was closed.'));
    });
    socket.on('error', (fault) => this.#settle?.reject(fault));
  }

  /** Asks for a path, with some headers; ends when the whole answer is there. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Received> {
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://app.example.com\r\n${fields.join('')}\r\n`,
    );
    return new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.byteLength < end + 4 + length) return;
    this.#received = Buffer.alloc(0);
    this.#settle?.resolve({ status: Number(head.slice(9, 12)), head });
  }
}

/** Opens a connection to a port of this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return new Connection(socket);
}
