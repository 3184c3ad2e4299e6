import { once } from 'node:events';
import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer,
  type Server,
} from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from '../app.ts';
import type { HttpRequest, HttpResponse } from '../http/types.ts';
import { logEntry, serializeError } from '../logging.ts';
import { createDropReport } from './log-writer.ts';
import { onClientLeft, writeBody } from './node-stream.ts';
import type { ServerServices, StartServer } from './server.ts';

/** Serves the app with Node's server. */
export const serveNode: StartServer = async (app, { hostname, port }, services) => {
  const limits = { ...CONNECTION_LIMITS, keepAliveMs: services.keepAliveSeconds * 1000 };
  const { server, stop } = createNodeServer(app, limits, services);
  server.listen(port, hostname);
  await once(server, 'listening');
  return stop;
};

/** The options that Node's server needs for the app: the values of a repeated header are joined, as on the other runtimes. */
export const NODE_SERVER_OPTIONS = { joinDuplicateHeaders: true } as const;

/** Adapts the app to Node's server, which writes the plain responses: no Request and no Response is created. */
export function createNodeListener(
  app: RequestHandler,
  { now, report }: Pick<ServerServices, 'now' | 'report'>,
): RequestListener {
  return (message, serverResponse) => {
    // A defect of the app closes this connection only. The app logs the requests that it responds to, which it cannot do here.
    const fail = (error: unknown) => {
      serverResponse.destroy();
      report(logEntry('server.request_failed', now(), serializeError(error)));
    };
    try {
      const response = app(new NodeRequest(message, serverResponse), () => message.socket.remoteAddress);
      if (response instanceof Promise) {
        response.then((settled) => writeResponse(settled, serverResponse)).catch(fail);
      } else {
        writeResponse(response, serverResponse);
      }
    } catch (error) {
      fail(error);
    }
  };
}

/** Maps a request of Node, whose `url` is the request target as the client sent it. The signal is created at its first use. */
class NodeRequest implements HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: HttpRequest['headers'];
  readonly #response: ServerResponse;
  #controller: AbortController | undefined;

  constructor({ method = 'GET', url = '/', headers }: IncomingMessage, response: ServerResponse) {
    this.method = method;
    this.url = url;
    this.headers = {
      get(name) {
        const value = headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    };
    this.#response = response;
  }

  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    // After a complete response there is nothing left to abort.
    onClientLeft(this.#response, () => controller.abort());
    return controller.signal;
  }
}

function writeResponse(
  { status, headers, body, reader }: HttpResponse,
  serverResponse: ServerResponse,
): void {
  // Pairs as they are: creating the flat list that Node also accepts makes a cache hit 5 % slower.
  serverResponse.writeHead(status, headers);
  if (reader !== undefined) void writeBody(reader, serverResponse);
  else if (body === null) serverResponse.end();
  // The same bytes as text: Node sends text together with the header section, and bytes as a second piece.
  else
    serverResponse.end(
      Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'),
      'latin1',
    );
}

/** Limits on the connections of Node's server. */
export interface ConnectionLimits {
  /** Milliseconds until the header section of a request must be complete, from the start of the connection or the first byte. */
  readonly headersMs: number;
  /** Milliseconds until a request must be complete. */
  readonly requestMs: number;
  /** Milliseconds without a byte in either direction, while a request or a response is in progress. */
  readonly inactivityMs: number;
  /** Milliseconds between two checks of `headersMs` and `requestMs`. */
  readonly checkMs: number;
  /** Milliseconds that an idle connection is kept open, as in the `Keep-Alive` header. */
  readonly keepAliveMs: number;
  /** Concurrent connections. Node closes each further connection at once. */
  readonly maxConnections: number;
}

/** The limits in production. `inactivityMs` must be longer than a read, a room lookup and the waits before them. */
export const CONNECTION_LIMITS: Omit<ConnectionLimits, 'keepAliveMs'> = {
  headersMs: 10_000,
  requestMs: 30_000,
  inactivityMs: 60_000,
  checkMs: 2000,
  maxConnections: 8192,
};

/** A server of Node with a graceful stop. */
export interface NodeServer {
  readonly server: Server;
  /** Stops accepting connections, sends each pending response, and resolves when all connections are closed. */
  readonly stop: () => Promise<void>;
}

/** Creates Node's server for the app, which does not listen yet. */
export function createNodeServer(
  app: RequestHandler,
  limits: ConnectionLimits,
  services: ServerServices,
): NodeServer {
  const { now, report, monotonicNow } = services;
  const server = createServer({
    ...NODE_SERVER_OPTIONS,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
  });
  server.timeout = limits.inactivityMs;
  server.maxConnections = limits.maxConnections;
  // A client may close its side after its request (RFC 9293 §3.6). Without this option Node closes the connection and sends no response.
  Object.assign(server, { httpAllowHalfOpen: true });

  const countDroppedConnection = createDropReport({
    monotonicNow,
    report: (dropped) =>
      report(
        logEntry('server.connections_dropped', now(), { max_connections: limits.maxConnections, dropped }),
      ),
  });
  server.on('drop', countDroppedConnection);

  const { track, stop } = createNodeDrain(server);
  const handle = createNodeListener(app, services);
  server.on('request', (message, response) => {
    handle(message, response);
    track(response, message.socket);
  });
  // A connection that could not be accepted fails alone. An error before the server listens stops the start.
  server.once('listening', () =>
    server.on('error', (error) => report(logEntry('server.accept_failed', now(), serializeError(error)))),
  );
  return { server, stop };
}

/** Tracks the connections and the pending responses of a server, so that a stop interrupts none of them. */
interface NodeDrain {
  /** Tracks the response to a request. Called after the handler of the request has returned. */
  readonly track: (response: ServerResponse, socket: Socket) => void;
  /** Stops accepting connections, sends each pending response, and resolves when all connections are closed. */
  readonly stop: () => Promise<void>;
}

/** Sets `Connection: close` on the last response only, because a client ignores the responses after it (RFC 9112 §9.6). */
function closeAfterLast(responses: ReadonlySet<ServerResponse>): void {
  const last = [...responses].at(-1);
  if (last?.headersSent === false) last.shouldKeepAlive = false;
}

/** Creates the drain of a server that does not listen yet. */
function createNodeDrain(server: Server): NodeDrain {
  const sockets = new Set<Socket>();
  /** The pending responses of each connection, in the order of their requests. */
  const pending = new Map<Socket, Set<ServerResponse>>();
  let onResponseSent: (() => void) | undefined;

  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });

  function remove(response: ServerResponse, socket: Socket): void {
    const responses = pending.get(socket);
    responses?.delete(response);
    if (responses?.size === 0) pending.delete(socket);
    onResponseSent?.();
  }

  function closeIdleConnections(): void {
    for (const socket of sockets) if (!pending.has(socket)) socket.destroySoon();
  }

  // `close()` calls this method. Node's own method destroys the socket, together with bytes that a slow client has not read yet.
  server.closeIdleConnections = closeIdleConnections;

  return {
    track(response, socket) {
      // Most responses are already written here. A response without a socket waits behind another response of its connection.
      if (response.writableEnded && response.socket !== null) return;
      const responses = pending.get(socket) ?? new Set();
      responses.add(response);
      pending.set(socket, responses);
      response.once('close', () => remove(response, socket));
    },
    async stop() {
      for (const responses of pending.values()) closeAfterLast(responses);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      while (pending.size > 0) await new Promise<void>((resolve) => (onResponseSent = resolve));
      // The other connections have an incomplete request, or a last response whose header section had been sent before the stop.
      closeIdleConnections();
      await closed;
    },
  };
}
