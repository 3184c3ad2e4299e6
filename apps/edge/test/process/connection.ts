import { once } from 'node:events';
import { connect } from 'node:net';

/** A raw connection to a server of this machine. */
export interface Connection {
  send(bytes: string): void;
  /** Closes this side; the server may still send. */
  end(): void;
  /** Stops to read, so that the kernel's buffers fill. */
  pause(): void;
  resume(): void;
  /** All that has arrived. */
  text(): string;
  /** Resolves when so many responses have begun to arrive, or the connection is closed. */
  responses(count: number): Promise<void>;
  /** Resolves when more has arrived, or the connection is closed. */
  moreText(): Promise<void>;
  /** Resolves with all that has arrived when the connection is closed. */
  readonly closed: Promise<string>;
  destroy(): void;
  /** Ends the connection by a reset. */
  reset(): void;
}

/** The request for a path, without a body; `fields` are lines of the header section. */
export function get(path: string, ...fields: readonly string[]): string {
  return [`GET ${path} HTTP/1.1`, 'Host: x', ...fields, '', ''].join('\r\n');
}

/** Opens a connection. */
export async function openConnection(port: number): Promise<Connection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let arrived = () => {};
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    arrived();
  });
  // A server may reset a connection.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  const closed = new Promise<string>((resolve) =>
    socket.once('close', () => {
      resolve(text);
      arrived();
    }),
  );
  await once(socket, 'connect');
  return {
    send: (bytes) => void socket.write(bytes),
    end: () => void socket.end(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    text: () => text,
    async responses(count) {
      while (countResponses(text) < count && !socket.closed) {
        await new Promise<void>((resolve) => (arrived = resolve));
      }
    },
    async moreText() {
      if (socket.closed) throw new Error(`The connection is closed: ${text}`);
      await new Promise<void>((resolve) => (arrived = resolve));
    },
    closed,
    destroy: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/** Counts the responses that have begun. */
export function countResponses(text: string): number {
  return text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
}
