import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach } from 'vitest';
import {
  CONNECTION_LIMITS,
  createNodeServer,
  type ConnectionLimits,
} from '../../src/adapters/node-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import type { HttpResponse } from '../../src/http/types.ts';
import type { LogEntry } from '../../src/logging.ts';
import { NOW } from '../clock.ts';
import { openConnection } from '../process/connection.ts';

const LIMITS: ConnectionLimits = { ...CONNECTION_LIMITS, keepAliveMs: 65_000 };
/** The beginning of each response's body. */
export const WHOLE = 'the whole body';
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function replyWith(text: string): HttpResponse {
  const body = new TextEncoder().encode(text);
  return { status: 200, headers: [['content-length', String(body.byteLength)]], body };
}

/** A server that listens, and the way to steer its app. */
export interface ListeningServer {
  readonly server: Server;
  readonly stop: () => Promise<void>;
  readonly lines: LogEntry[];
  readonly connect: () => ReturnType<typeof openConnection>;
  /** Lets milliseconds pass on the monotonic clock. */
  readonly wait: (ms: number) => number;
  /** Resolves when so many requests are held. */
  readonly holding: (count: number) => Promise<void>;
  /** Gives the held requests their responses. */
  readonly release: () => void;
}

/** A server whose app holds the paths that begin with `/held`, and replies to others at once. */
export async function listen(limits: Partial<ConnectionLimits> = {}): Promise<ListeningServer> {
  const lines: LogEntry[] = [];
  const held: (() => void)[] = [];
  let onHeld = () => {};
  let elapsed = 0;
  const app: RequestHandler = ({ url }) => {
    const [pathname = ''] = url.split('?');
    const reply = replyWith(pathname === '/long' ? 'x'.repeat(100_000) : `${WHOLE} of ${pathname}`);
    if (!pathname.startsWith('/held')) return reply;
    return new Promise((resolve) => {
      held.push(() => resolve(reply));
      onHeld();
    });
  };
  const outside = {
    now: () => NOW,
    monotonicNow: () => elapsed,
    keepAliveSeconds: 65,
    report: (line: LogEntry) => void lines.push(line),
  };
  const { server, stop } = createNodeServer(app, { ...LIMITS, ...limits }, outside);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stopAll = () => {
    server.closeAllConnections();
    return stop();
  };
  stops.push(stopAll);
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    server,
    stop() {
      stops.length = 0;
      return stop();
    },
    lines,
    connect: () => openConnection(port),
    wait: (ms: number) => (elapsed += ms),
    /** Resolves when so many requests are held. */
    async holding(count: number) {
      while (held.length < count) await new Promise<void>((resolve) => (onHeld = resolve));
    },
    release() {
      for (const give of held.splice(0)) give();
    },
  };
}
