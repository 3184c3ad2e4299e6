import {
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
  createServer,
  type Server,
} from 'node:http';
import type { Socket } from 'node:net';
import type { RequestHandler } from '../app.ts';
import type { IncomingRequest, HttpResponse } from '../http/types.ts';
import { serializeError } from '../logging.ts';
import { createDropReport } from './server-lifecycle.ts';
import type { ServerServices } from './server.ts';

/** What Node's server has to be made with: of a field that is sent twice both values count, as everywhere else. */
export const NODE_SERVER_OPTIONS = { joinDuplicateHeaders: true } as const;

/**
 * Puts the app behind Node's own server, which writes its plain replies: no Request or Response is made.
 */
export function createNodeListener(
  app: RequestHandler,
  { now, report }: Pick<ServerServices, 'now' | 'report'>,
): RequestListener {
  return (message, answer) => {
    // A defect ends this connection, and not the edge. The app itself logs what it answers: here it could not.
    const fail = (fault: unknown) => {
      answer.destroy();
      report({
        level: 'error',
        time: new Date(now()).toISOString(),
        server: 'failed',
        ...serializeError(fault),
      });
    };
    try {
      const reply = app(toIncoming(message), () => message.socket.remoteAddress);
      if (reply instanceof Promise) reply.then((late) => write(late, answer)).catch(fail);
      else write(reply, answer);
    } catch (fault) {
      fail(fault);
    }
  };
}

/** Node passes the request target on as it came. */
function toIncoming({ method = 'GET', url = '/', headers }: IncomingMessage): IncomingRequest {
  return {
    method,
    url,
    headers: {
      get(name) {
        const value = headers[name];
        return typeof value === 'string' ? value : undefined;
      },
    },
  };
}

function write({ status, headers, body }: HttpResponse, answer: ServerResponse): void {
  // Pairs, as they are: to make the flat list that Node takes as well costs a hit a twentieth.
  answer.writeHead(status, headers);
  if (body === null) answer.end();
  // The same bytes as text, which Node sends in one piece with the head.
  else answer.end(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'), 'latin1');
}

/** Limits on the connections of Node's server. */
export interface ConnectionLimits {
  /** Milliseconds until the header section of a request must be complete, counted from the connection's start or the first byte. */
  readonly headersMs: number;
  /** Milliseconds until a request must be complete. */
  readonly requestMs: number;
  /** Milliseconds without a byte in either direction, while a request or its response is on its way. */
  readonly inactivityMs: number;
  /** Milliseconds between two checks of `headersMs` and `requestMs`. */
  readonly checkMs: number;
  /** Milliseconds that an idle connection is kept, as the `Keep-Alive` field promises. */
  readonly keepAliveMs: number;
  /** Connections at a time; further ones are closed at once. */
  readonly maxConnections: number;
}

/** The limits in production. A response takes ten seconds at most, which `inactivityMs` must exceed. */
export const CONNECTION_LIMITS: Omit<ConnectionLimits, 'keepAliveMs'> = {
  headersMs: 10_000,
  requestMs: 30_000,
  inactivityMs: 60_000,
  checkMs: 2000,
  maxConnections: 8192,
};

/** Node's server, and the way to stop it. */
export interface NodeServer {
  readonly server: Server;
  /** Stops accepting, sends every response that is due, and resolves when all connections are closed. */
  readonly stop: () => Promise<void>;
}

/** Creates Node's server for the app; the caller lets it listen. */
export function createNodeServer(
  app: RequestHandler,
  limits: ConnectionLimits,
  outside: ServerServices,
): NodeServer {
  const { now, report, monotonicNow } = outside;
  const server = createServer({
    ...NODE_SERVER_OPTIONS,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    connectionsCheckingInterval: limits.checkMs,
    keepAliveTimeout: limits.keepAliveMs,
  });
  const writeError = (fields: Readonly<Record<string, string | number | undefined>>) =>
    report({ level: 'error', time: new Date(now()).toISOString(), ...fields });

  server.timeout = limits.inactivityMs;
  server.maxConnections = limits.maxConnections;
  // A client may close its side after its request (RFC 9293 §3.6); without this, Node closes the other side unanswered.
  Object.assign(server, { httpAllowHalfOpen: true });

  const countDrop = createDropReport({
    monotonicNow,
    report: (dropped) =>
      writeError({ server: 'connection_limit', max_connections: limits.maxConnections, dropped }),
  });
  server.on('drop', countDrop);

  const { track, stop } = createNodeDrain(server);
  const handle = createNodeListener(app, outside);
  server.on('request', (message, response) => {
    handle(message, response);
    track(response, message.socket);
  });
  // A connection that could not be accepted ends alone. Before the server listens, an error stops the start.
  server.once('listening', () =>
    server.on('error', (fault) => writeError({ server: 'accept_failed', ...serializeError(fault) })),
  );
  return { server, stop };
}

/** Follows the connections and the responses of a server, so that it can stop without cutting one of them. */
interface NodeDrain {
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
function createNodeDrain(server: Server): NodeDrain {
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
