import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { findFreePort } from '../process/running.ts';

/**
 * An issuer that does what it is told, over real sockets: `/{act}/{name}?keys={a key set}`. `GET /arrived/{name}` is answered
 * as soon as that was asked for, `GET /closed/{name}` as soon as its connection is closed, and `GET /count/{name}` with how
 * often it was, wherever its redirects led.
 */
export interface Issuers {
  readonly issuer: string;
  /** Nobody listens there. */
  readonly refused: string;
  stop(): void;
}

type Act = (answer: ServerResponse, keySet: string, elsewhere: string) => void;

const redirect =
  (status: number): Act =>
  (answer, keySet, elsewhere) =>
    void answer.writeHead(status, { location: elsewhere }).end(keySet);

/** What an issuer may do instead of publishing its keys. */
const ACTS: Readonly<Record<string, Act>> = {
  good: (answer, keySet) => void answer.end(keySet),
  'redirect-301': redirect(301),
  'redirect-302': redirect(302),
  'redirect-303': redirect(303),
  'redirect-307': redirect(307),
  'redirect-308': redirect(308),
  error: (answer, keySet) => void answer.writeHead(500).end(keySet),
  page: (answer) => void answer.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>'),
  silent: () => undefined,
  stalled: (answer, keySet) => void answer.write(keySet.slice(0, 20)),
  reset: (answer) => void answer.destroy(),
  short: (answer, keySet) => {
    answer.writeHead(200, { 'content-length': keySet.length });
    answer.write(keySet.slice(0, 20), () => answer.destroy());
  },
  endless: (answer) => {
    const write = () => {
      while (!answer.destroyed && answer.write(' '.repeat(65_536)));
      answer.once('drain', write);
    };
    write();
  },
  // As much as 64 MiB, in as little as 64 KiB.
  bomb: (answer) =>
    void answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 ** 26))),
};

/** What a test learns of the calls for one name. */
interface Calls {
  readonly sockets: Socket[];
  readonly waiting: (() => void)[];
}

/** Starts it on a port of its own. */
export async function openIssuers(): Promise<Issuers> {
  const calls = new Map<string, Calls>();

  function callsOf(name: string): Calls {
    const known = calls.get(name) ?? { sockets: [], waiting: [] };
    calls.set(name, known);
    return known;
  }

  async function tell(what: string, { sockets, waiting }: Calls): Promise<void> {
    if (what === 'count') return;
    if (sockets.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    if (what === 'arrived') return;
    const open = sockets.filter(({ closed }) => !closed);
    // Not the `once` of node:events, which fails for a connection that is reset.
    await Promise.all(open.map((socket) => new Promise((resolve) => socket.once('close', resolve))));
  }

  async function respond({ url = '/', socket }: IncomingMessage, answer: ServerResponse): Promise<void> {
    const { pathname, search, searchParams } = new URL(url, 'http://issuer.example');
    const [, what = '', name = ''] = pathname.split('/');
    const of = callsOf(name);
    if (['arrived', 'closed', 'count'].includes(what)) {
      await tell(what, of);
      answer.end(String(of.sockets.length));
      return;
    }
    of.sockets.push(socket);
    for (const go of of.waiting.splice(0)) go();
    ACTS[what]?.(answer, searchParams.get('keys') ?? '', `/good/${name}${search}`);
  }

  const server = createServer((request, answer) => void respond(request, answer)).listen(0, '127.0.0.1');
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
