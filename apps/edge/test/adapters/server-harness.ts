import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import type { ServerServices, StartServer } from '../../src/adapters/server.ts';
import type { ListenAddress } from '../../src/adapters/start-error.ts';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, vi, type Mock } from 'vitest';
import {
  CONNECTION_LIMITS,
  createNodeServer,
  type ConnectionLimits,
} from '../../src/adapters/node-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import type { HttpResponse } from '../../src/http/types.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { openConnection } from '@room-recordings/testing/raw-http';

const LIMITS: ConnectionLimits = { ...CONNECTION_LIMITS, keepAliveMs: 65_000 };
/** The start of each response's body. */
export const COMPLETE = 'the complete body';
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function createResponse(text: string): HttpResponse {
  const body = new TextEncoder().encode(text);
  return { status: 200, headers: [['content-length', String(body.byteLength)]], body };
}

/** A listening server, and the controls of its app and its clock. */
export interface ListeningServer {
  readonly server: Server;
  readonly stop: () => Promise<void>;
  readonly lines: LoggedEntry[];
  readonly connect: () => ReturnType<typeof openConnection>;
  /** Advances the monotonic clock by milliseconds. */
  readonly advance: (ms: number) => number;
  /** Resolves when the app holds this number of requests. */
  readonly waitForHeld: (count: number) => Promise<void>;
  /** Responds to the held requests. */
  readonly release: () => void;
}

/** Starts a server whose app holds requests for paths that begin with `/held`, and responds to others immediately. */
export async function listen(limits: Partial<ConnectionLimits> = {}): Promise<ListeningServer> {
  const lines: LoggedEntry[] = [];
  const held: (() => void)[] = [];
  let onHeld = () => {};
  let elapsed = 0;
  const app: RequestHandler = ({ url }) => {
    const [pathname = ''] = url.split('?');
    const response = createResponse(
      pathname === '/long' ? 'x'.repeat(100_000) : `${COMPLETE} of ${pathname}`,
    );
    if (!pathname.startsWith('/held')) return response;
    return new Promise((resolve) => {
      held.push(() => resolve(response));
      onHeld();
    });
  };
  const services = {
    now: () => NOW,
    monotonicNow: () => elapsed,
    keepAliveSeconds: 65,
    report: (line: LoggedEntry) => void lines.push(line),
  };
  const { server, stop } = createNodeServer(app, { ...LIMITS, ...limits }, services);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stopAll = () => {
    server.closeAllConnections();
    return stop();
  };
  stops.push(stopAll);
  // A server that listens on TCP has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    server,
    stop() {
      stops.length = 0;
      return stop();
    },
    lines,
    connect: () => openConnection(port),
    advance: (ms: number) => (elapsed += ms),
    async waitForHeld(count: number) {
      while (held.length < count) await new Promise<void>((resolve) => (onHeld = resolve));
    },
    release() {
      for (const respond of held.splice(0)) respond();
    },
  };
}

/** The environment of the process that a test runs. */
export interface ProcessHarness {
  /** The temporary folder of the archive. */
  readonly folder: () => string;
  /** All text that was written to stdout and stderr. */
  readonly output: () => string;
}

/** Sets the environment of each test in a file: an archive in a temporary folder, and captured output. */
export function useProcess(): ProcessHarness {
  let folder = '';
  let output = '';

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-'));
    output = '';
    for (const stream of [process.stdout, process.stderr]) {
      vi.spyOn(stream, 'write').mockImplementation((text, ...rest: readonly unknown[]) => {
        output += String(text);
        const written = rest.at(-1);
        if (typeof written === 'function') written();
        return true;
      });
    }
    vi.stubEnv('ACCESS', 'public');
    vi.stubEnv('RECORDINGS_SOURCE', 'archive');
    vi.stubEnv('ARCHIVE_PATH', join(folder, 'archive.db'));
  });

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    process.removeAllListeners('SIGTERM');
    process.removeAllListeners('SIGINT');
    process.stdout.removeAllListeners('error');
    rmSync(folder, { recursive: true });
  });

  return { folder: () => folder, output: () => output };
}

/** The arguments with which a runtime's server was started. */
interface StartedServer {
  readonly app: RequestHandler;
  readonly address: ListenAddress;
  readonly services: ServerServices;
}

/** Creates the start function of a server that does not listen, and records its starts and stops. */
export function createFakeServer(): {
  readonly started: StartedServer[];
  readonly stop: Mock<() => Promise<void>>;
  readonly startServer: StartServer;
} {
  const started: StartedServer[] = [];
  const stop = vi.fn(() => Promise.resolve());
  const startServer: StartServer = (app, address, services) => {
    started.push({ app, address, services });
    return Promise.resolve(stop);
  };
  return { started, stop, startServer };
}
