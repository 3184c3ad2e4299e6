import { sendRawRequest, type RawRequest, type RawResponse } from '@room-recordings/testing/raw-http';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { NODE_SERVER_OPTIONS, createNodeListener } from '../../src/adapters/node-adapter.ts';
import type { EdgeServices } from '../../src/create-edge.ts';
import type { LoggedEntry } from './in-process-edge.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { createInProcessEdge, type InProcessEdge } from './in-process-edge.ts';
import { PATH } from './recording.ts';

/** An edge behind Node's HTTP server. */
export interface TestEdge extends Omit<InProcessEdge, 'app' | 'logEntries'> {
  /** The entries that the edge and the server logged, at every level. */
  readonly logEntries: readonly LoggedEntry[];
  /** Requests a path from the server over a socket; default: the path of `RECORDING`. */
  request(path?: string, init?: RequestInit): Promise<Response>;
  /** The URL of the server, without a path. */
  readonly address: Promise<string>;
  /** Resolves when so many requests have arrived and the edge has handled each as far as it can. */
  waitForRequests(count: number): Promise<void>;
}

/**
 * Creates an edge with `ACCESS=public` and starts it on a free port for as long as the test runs.
 *
 * @param source a source, or its `read`; default: always finds `RECORDING`.
 * @param variables environment variables besides the defaults of `createInProcessEdge()`.
 * @param services services that replace the test's own.
 */
export function createTestEdge(
  source?: RecordingSource | RecordingSource['read'],
  variables: Readonly<Record<string, string>> = {},
  services: Partial<EdgeServices> = {},
): TestEdge {
  const options =
    source === undefined ? {} : { source: typeof source === 'function' ? { read: source } : source };
  const { app, ...edge } = createInProcessEdge({ ...options, variables, services });
  const requests = { arrived: 0, waiting: [] as (() => void)[] };
  const listener = createNodeListener(app, {
    now: () => NOW,
    report: (entry) => edge.logEntries.push(entry),
  });
  const server = createServer(NODE_SERVER_OPTIONS, listener).listen(0, '127.0.0.1').unref();
  server.on('request', () => {
    requests.arrived += 1;
    for (const resolve of requests.waiting.splice(0)) resolve();
  });
  const address = once(server, 'listening').then(() => {
    // A server that listens on TCP has an address of this kind.
    const { port } = server.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  });
  return {
    ...edge,
    address,
    async waitForRequests(count) {
      while (requests.arrived < count) await new Promise<void>((resolve) => requests.waiting.push(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    },
    request: async (path = PATH, init = {}) => fetch((await address) + path, { redirect: 'manual', ...init }),
  };
}

/** A request to a test edge; the target is `PATH` by default. */
export type EdgeRequest = Partial<RawRequest>;

/** Sends a request to a test edge with header lines that `fetch` would not send. */
export async function sendRawTo(
  { address }: Pick<TestEdge, 'address'>,
  request: EdgeRequest = {},
): Promise<RawResponse> {
  const port = Number(new URL(await address).port);
  return sendRawRequest(port, { target: PATH, ...request });
}
