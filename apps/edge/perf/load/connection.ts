import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

/** The response to one request. The body is discarded. */
export interface RawResponse {
  readonly status: number;
  /** The status line and the headers, unparsed. */
  readonly head: string;
}

interface PendingRequest {
  resolve(response: RawResponse): void;
  reject(error: Error): void;
}

/** A persistent connection with one request at a time. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #pending: PendingRequest | undefined;
  /** False after either side has closed the connection. A server closes idle connections. */
  isOpen = true;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('close', () => {
      this.isOpen = false;
      this.#pending?.reject(new Error('The connection was closed.'));
    });
    socket.on('error', (error) => this.#pending?.reject(error));
  }

  /** Requests a path. Resolves when the complete response has arrived. */
  get(path: string, headers: Readonly<Record<string, string>> = {}): Promise<RawResponse> {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    this.#socket.write(
      `GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\norigin: https://app.example.com\r\n${lines.join('')}\r\n`,
    );
    return new Promise((resolve, reject) => (this.#pending = { resolve, reject }));
  }

  close(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.byteLength === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end);
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
    if (this.#received.byteLength < end + 4 + length) return;
    this.#received = Buffer.alloc(0);
    this.#pending?.resolve({ status: Number(head.slice(9, 12)), head });
  }
}

/** Opens a connection to a port of this machine. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return new Connection(socket);
}
