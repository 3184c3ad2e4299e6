import { createServer, type Server } from 'node:http';
import type { RequestHandler } from '../app.ts';
import { serializeError } from '../recordings/upstream-error.ts';
import { createDropReport } from './drop-report.ts';
import { createNodeDrain } from './node-drain.ts';
import { NODE_SERVER_OPTIONS, createNodeListener } from '../adapters/node-adapter.ts';
import type { ServerServices } from '../adapters/server.ts';

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
