import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NODE_SERVER_OPTIONS, createNodeListener } from '../../src/adapters/node-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import { parseConfig } from '../../src/config/config.ts';
import { createEdge, type EdgeServices } from '../../src/create-edge.ts';
import type { Logger, LogEntry } from '../../src/logging.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import type { RecordingRef } from '@room-recordings/core';
import { NOW } from '../clock.ts';
import { PATH, PUBLIC_URL, RECORDING } from './recording.ts';

/** An edge around a source of the test's own. */
export interface TestEdge {
  /** Asks for a path below the public URL, over a socket of this machine. */
  ask(path?: string, init?: RequestInit): Promise<Response>;
  /** Where that is. */
  readonly address: Promise<string>;
  /** Waits until so many requests have come, and have gone as far as they can by themselves. */
  arrived(count: number): Promise<void>;
  /** Waits for what runs behind the answers. */
  settle(): Promise<void>;
  /** What was logged. */
  readonly lines: readonly LogEntry[];
  /** What the source was asked for. */
  readonly reads: readonly RecordingRef[];
}

/** Makes an edge with `ACCESS=public` and the given settings and outside over it. */
export function edgeWith(
  read: RecordingSource['read'] = () => Promise.resolve(RECORDING),
  variables: Readonly<Record<string, string>> = {},
  outside: Partial<EdgeServices> = {},
): TestEdge {
  const lines: LogEntry[] = [];
  const reads: RecordingRef[] = [];
  const background: Promise<unknown>[] = [];
  const settings = parseConfig({
    ACCESS: 'public',
    RECORDINGS_SOURCE: 'archive',
    PUBLIC_URL,
    ...variables,
  });
  const source: RecordingSource = {
    read(id) {
      reads.push(id);
      return read(id);
    },
  };
  const log: Logger = { wants: () => true, write: (line) => lines.push(line) };
  const edge = createEdge(settings, source, {
    now: () => NOW,
    waitUntil: (work) => void background.push(work),
    log,
    ...outside,
  });
  const requests = { arrived: 0, waiting: [] as (() => void)[] };
  const arrive = () => {
    requests.arrived += 1;
    for (const tell of requests.waiting.splice(0)) tell();
  };
  const address = listen(edge.app, (line) => lines.push(line), arrive);
  return {
    address,
    lines,
    reads,
    async arrived(count) {
      while (requests.arrived < count) await new Promise<void>((resolve) => requests.waiting.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
    async settle() {
      while (background.length > 0) await background.shift();
    },
    ask: async (path = PATH, init = {}) => fetch((await address) + path, { redirect: 'manual', ...init }),
  };
}

/** Listens on a port of this machine, for as long as the test runs. */
async function listen(
  app: RequestHandler,
  report: (line: LogEntry) => void,
  onRequest: () => void,
): Promise<string> {
  const listener = createNodeListener(app, { now: () => NOW, report });
  const server = createServer(NODE_SERVER_OPTIONS, listener).listen(0, '127.0.0.1').unref();
  server.on('request', onRequest);
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return `http://127.0.0.1:${port}`;
}
