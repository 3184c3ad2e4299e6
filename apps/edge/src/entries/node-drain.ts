import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Follows the connections and the responses of a server, so that it can stop without cutting one of them. */
export interface NodeDrain {
  /** Takes the response to each request after its handler has returned. */
  readonly track: (response: ServerResponse, socket: Socket) => void;
  /** Stops accepting, sends every response that is due, and resolves when all connections are closed. */
  readonly stop: () => Promise<void>;
}

/** Puts `close` into the last response alone, since a client ignores the responses that follow it (RFC 9112 §9.6). */
function closeAfterLast(responses: ReadonlySet<ServerResponse>): void {
  const last = [...responses].at(-1);
  if (last?.headersSent === false) last.shouldKeepAlive = false;
}

/** Follows a server from its start. */
export function createNodeDrain(server: Server): NodeDrain {
  const sockets = new Set<Socket>();
  /** The responses that are not yet on their way, in the order of their requests, by connection. */
  const outstanding = new Map<Socket, Set<ServerResponse>>();
  let onSent: (() => void) | undefined;

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function remove(response: ServerResponse, socket: Socket): void {
    const responses = outstanding.get(socket);
    responses?.delete(response);
    if (responses?.size === 0) outstanding.delete(socket);
    onSent?.();
  }

  function closeIdleConnections(): void {
    for (const socket of sockets) if (!outstanding.has(socket)) socket.destroySoon();
  }

  // `close()` calls this method. Node's own destroys the socket, together with the bytes that a slow client has not yet read.
  server.closeIdleConnections = closeIdleConnections;

  return {
    track(response, socket) {
      // The usual response is on its way by now. One without a socket waits behind another one of its connection.
      if (response.writableEnded && response.socket !== null) return;
      const responses = outstanding.get(socket) ?? new Set();
      responses.add(response);
      outstanding.set(socket, responses);
      response.once('close', () => remove(response, socket));
    },
    async stop() {
      for (const responses of outstanding.values()) closeAfterLast(responses);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      while (outstanding.size > 0) await new Promise<void>((resolve) => (onSent = resolve));
      // These have an incomplete request, or a last response whose header section was complete before.
      closeIdleConnections();
      await closed;
    },
  };
}
