import { once } from 'node:events';
import { connect } from 'node:net';

/** A response as it arrived. */
export interface RawResponse {
  readonly status: number;
  /** Returns the values of a header, one for each of its lines. */
  headerValues(name: string): readonly string[];
  readonly body: string;
}

/** A request, apart from its version and Host. */
export interface RawRequest {
  readonly method?: string;
  /** The request target. */
  readonly target: string;
  /** Header lines. */
  readonly headers?: readonly string[];
}

/** Sends a request with header lines that `fetch` would not send, and returns the response. */
export async function sendRawRequest(
  port: number,
  { method = 'GET', target, headers = [] }: RawRequest,
): Promise<RawResponse> {
  return parseResponse(await sendRaw(port, [`${method} ${target} HTTP/1.1`, 'Host: 127.0.0.1', ...headers]));
}

/**
 * Sends lines and a body unchanged, with `Connection: close`.
 *
 * @returns all that arrives until the connection is closed; an empty text if the server resets the connection at once.
 */
export async function sendRaw(
  port: number,
  lines: readonly string[],
  body = '',
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString(encoding)));
  socket.on('error', () => undefined);
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n') + body);
  // `once` of node:events rejects if the server resets the connection.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

function parseResponse(text: string): RawResponse {
  const [head = '', ...body] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const [name = '', ...value] = line.split(': ');
    return { name: name.toLowerCase(), value: value.join(': ') };
  });
  return {
    status: Number(statusLine.split(' ')[1]),
    headerValues: (name) => headers.filter((header) => header.name === name).map(({ value }) => value),
    body: body.join('\r\n\r\n'),
  };
}

/** A raw connection to a server on this machine. */
export interface RawConnection {
  send(bytes: string): void;
  /** Closes this side; the server may still send. */
  end(): void;
  /** Stops reading, so that the kernel's buffers fill. */
  pause(): void;
  resume(): void;
  /** Returns all that has arrived. */
  text(): string;
  /** Resolves when `count` responses have begun to arrive, or the connection is closed. */
  responses(count: number): Promise<void>;
  /** Resolves when more has arrived, or the connection is closed. */
  moreText(): Promise<void>;
  /** Resolves with all that has arrived when the connection is closed. */
  readonly closed: Promise<string>;
  destroy(): void;
  /** Closes the connection by a reset. */
  reset(): void;
}

/** Returns a GET request without a body; `headers` are header lines. */
export function formatGet(target: string, ...headers: readonly string[]): string {
  return [`GET ${target} HTTP/1.1`, 'Host: x', ...headers, '', ''].join('\r\n');
}

/** Opens a connection. */
export async function openConnection(port: number): Promise<RawConnection> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  let onArrival = () => {};
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    onArrival();
  });
  // A server may reset a connection.
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  const closed = new Promise<string>((resolve) =>
    socket.once('close', () => {
      resolve(text);
      onArrival();
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
        await new Promise<void>((resolve) => (onArrival = resolve));
      }
    },
    async moreText() {
      if (socket.closed) throw new Error(`The connection is closed: ${text}`);
      await new Promise<void>((resolve) => (onArrival = resolve));
    },
    closed,
    destroy: () => void socket.destroy(),
    reset: () => void socket.resetAndDestroy(),
  };
}

/** Returns the number of responses that have begun. */
export function countResponses(text: string): number {
  return text.match(/HTTP\/1\.1 \d{3} /g)?.length ?? 0;
}
