import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { findFreePort } from '../process/edge-process.ts';

/**
 * The server of an issuer that misbehaves over real sockets: `/{behaviour}/{name}?keys={JWKS}`. Three other paths report on the
 * requests for a name, also after redirects:
 *
 * - `GET /arrived/{name}` responds when the first request has arrived,
 * - `GET /closed/{name}` responds when the connections of all requests are closed,
 * - `GET /count/{name}` responds with the number of requests.
 */
interface IssuerServer {
  readonly issuer: string;
  /** An address that refuses connections. */
  readonly refused: string;
  stop(): void;
}

type Behaviour = (response: ServerResponse, keySet: string, redirectTarget: string) => void;

function redirect(status: number): Behaviour {
  return (response, keySet, redirectTarget) =>
    void response.writeHead(status, { location: redirectTarget }).end(keySet);
}

const BEHAVIOURS: Readonly<Record<string, Behaviour>> = {
  good: (response, keySet) => void response.end(keySet),
  'redirect-301': redirect(301),
  'redirect-302': redirect(302),
  'redirect-303': redirect(303),
  'redirect-307': redirect(307),
  'redirect-308': redirect(308),
  error: (response, keySet) => void response.writeHead(500).end(keySet),
  page: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  silent: () => undefined,
  stalled: (response, keySet) => void response.write(keySet.slice(0, 20)),
  reset: (response) => void response.destroy(),
  short: (response, keySet) => {
    response.writeHead(200, { 'content-length': keySet.length });
    response.write(keySet.slice(0, 20), () => response.destroy());
  },
  endless: (response) => {
    const write = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
      response.once('drain', write);
    };
    write();
  },
  // 64 MiB in 64 KiB.
  bomb: (response) =>
    void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 ** 26))),
};

/** The requests for one name. */
interface Calls {
  readonly sockets: Socket[];
  /** Called when a request arrives. */
  readonly listeners: (() => void)[];
}

/** Starts the server on a free port. */
export async function startIssuerServer(): Promise<IssuerServer> {
  const callsByName = new Map<string, Calls>();

  function getCalls(name: string): Calls {
    const calls = callsByName.get(name) ?? { sockets: [], listeners: [] };
    callsByName.set(name, calls);
    return calls;
  }

  async function waitFor(event: string, { sockets, listeners }: Calls): Promise<void> {
    if (event === 'count') return;
    if (sockets.length === 0) await new Promise<void>((resolve) => listeners.push(resolve));
    if (event === 'arrived') return;
    const open = sockets.filter(({ closed }) => !closed);
    // Not `once` of node:events, which rejects if a connection is reset.
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  async function respond({ url = '/', socket }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, search, searchParams } = new URL(url, 'http://issuer.example');
    const [, first = '', name = ''] = pathname.split('/');
    const calls = getCalls(name);
    if (['arrived', 'closed', 'count'].includes(first)) {
      await waitFor(first, calls);
      response.end(String(calls.sockets.length));
      return;
    }
    calls.sockets.push(socket);
    for (const listener of calls.listeners.splice(0)) listener();
    BEHAVIOURS[first]?.(response, searchParams.get('keys') ?? '', `/good/${name}${search}`);
  }

  const server = createServer((request, response) => void respond(request, response)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    issuer: `http://127.0.0.1:${port}`,
    refused: `http://127.0.0.1:${await findFreePort()}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}
