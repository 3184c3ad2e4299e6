import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import {
  createMediaBytes,
  MEDIA_MODES,
  MEDIA_SIZE,
  type LoggedStorageRequest,
  type MediaServerAddresses,
} from './source-cases.ts';

/** Running servers of media. */
export interface MediaServers {
  readonly addresses: MediaServerAddresses;
  stop(): void;
}

interface Entry {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly closed: Promise<number>;
}

/** Starts a Twilio, the storage that it redirects to, and a host that is not listed. The SID of a recording selects their behaviour. */
export async function startMediaServers(): Promise<MediaServers> {
  const other = await startStorage((response) => response.end('other'));
  // The first link of a recording with this behaviour expires.
  let expired: string | undefined;
  const storage = await startStorage((response, mode, request) => {
    if (mode === MEDIA_MODES['expired link']) expired ??= request.url;
    if (mode === MEDIA_MODES['always 403'] || request.url === expired) {
      response.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
    } else respond(response, mode, request, other.host);
  });
  let links = 0;
  const twilio = createServer((request, response) => {
    const sid = request.url?.split('/')[5] ?? '';
    const host = sid.endsWith(MEDIA_MODES['another host']) ? other.host : storage.host;
    links += 1;
    const url = `http://${host}/AC1/${sid}?X-Amz-Expires=3600&X-Amz-Signature=${links}`;
    response.writeHead(302, { Location: url, 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ redirect_to: url }));
  });
  return {
    addresses: {
      twilio: `http://${await listen(twilio)}`,
      storageHost: storage.host,
      otherHost: other.host,
    },
    stop() {
      for (const server of [twilio, storage.server, other.server]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}

type RespondWithMode = (response: ServerResponse, mode: string, request: IncomingMessage) => void;

/** Starts a server that logs the requests of each recording. */
async function startStorage(
  respondWithMode: RespondWithMode,
): Promise<{ readonly server: Server; readonly host: string }> {
  const logs = new Map<string, Entry[]>();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const [, root, name = ''] = path.split('/');
    const [sid = ''] = name.split('?');
    const log = logs.get(sid) ?? [];
    if (root === 'log') {
      void describeLog(log).then((entries) => response.end(JSON.stringify(entries)));
      return;
    }
    const closed = once(response, 'close').then(() => Date.now());
    logs.set(sid, [...log, { path, headers: toRecord(request), closed }]);
    respondWithMode(response, sid.slice(-2), request);
  });
  return { server, host: await listen(server) };
}

/** Resolves when all requests have ended, with their times. */
function describeLog(log: readonly Entry[]): Promise<readonly LoggedStorageRequest[]> {
  return Promise.all(
    log.map(async ({ path, headers, closed }) => ({ path, headers, closedAt: await closed })),
  );
}

function toRecord({ headers }: IncomingMessage): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

function respond(response: ServerResponse, mode: string, request: IncomingMessage, otherHost: string): void {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const [start, end] = [Number(first), Math.min(Number(last) + 1, MEDIA_SIZE)];
  if (mode === MEDIA_MODES['second redirect']) {
    response
      .writeHead(302, { Location: `http://${otherHost}/AC1/${request.url?.split('/')[2] ?? ''}` })
      .end();
    return;
  }
  const isGzip = mode === MEDIA_MODES.gzip;
  const bytes = isGzip ? gzipSync(createMediaBytes(start, end)) : createMediaBytes(start, end);
  response.writeHead(206, {
    'Content-Type': 'application/octet-stream',
    'Content-Range': `bytes ${start}-${end - 1}/${MEDIA_SIZE}`,
    'Content-Length': bytes.byteLength,
    ETag: '"abc"',
    'Set-Cookie': 'a=b',
    ...(isGzip ? { 'Content-Encoding': 'gzip' } : {}),
  });
  if (mode === MEDIA_MODES['short body']) {
    response.write(bytes.subarray(0, 100_000), () => response.destroy());
  } else if (mode === MEDIA_MODES['open body']) response.write(bytes.subarray(0, 200_000));
  else response.end(bytes);
}

/** @returns `host:port` of a free port. */
async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return `127.0.0.1:${address.port}`;
}
