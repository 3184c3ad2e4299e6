import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describeRecording } from './fake-twilio.ts';

/** A Twilio whose every resource has a track name of its own, with a storage and the JWKS of an issuer. */
export interface TrackedTwilio {
  /** The origin, which is also that of the issuer and of the storage. */
  readonly address: string;
  /** The paths of the calls since the last `forgetCalls`. */
  readonly calls: readonly string[];
  forgetCalls(): void;
  close(): void;
}

/** Creates the track name that only the resource of a path contains. A timeline has that of the list that it is made from. */
export function createTrackName(path: string): string {
  return `track of ${path.slice(10).replace('/Timeline', '/Recordings').replaceAll('/', ' ')}.`;
}

/** The last segment of the path of a file at the storage. */
const STORED = '/Stored';

/** Starts the server on a free port. It has every recording, and one recording in the list of each room. */
export async function startTrackedTwilio(jwks: object): Promise<TrackedTwilio> {
  const calls: string[] = [];
  const server = createServer(({ url = '', headers }, response) => {
    const sendJson = (value: object) =>
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(value));
    if (url === '/jwks.json') {
      sendJson(jwks);
      return;
    }
    const [path = ''] = url.split('?');
    calls.push(path);
    if (path.endsWith(STORED)) {
      const file = Buffer.from(createTrackName(path.slice(0, -STORED.length)));
      const [, start = '0'] = /^bytes=(\d+)-/.exec(headers.range ?? '') ?? [];
      const part = file.subarray(Number(start));
      const range = `bytes ${start}-${file.byteLength - 1}/${file.byteLength}`;
      const ETag = JSON.stringify(path);
      response.writeHead(206, { 'Content-Range': range, 'Content-Length': part.byteLength, ETag });
      response.end(part);
      return;
    }
    if (path.endsWith('/Media')) {
      response.writeHead(302, { Location: `http://${headers.host}${path}${STORED}` }).end();
      return;
    }
    const [, , , room_sid, , sid = `RT${'c'.repeat(32)}`] = path.split('/');
    const recording = { ...describeRecording(path), sid, room_sid, track_name: createTrackName(path) };
    const page = `http://127.0.0.1${path}?PageSize=50&Page=0`;
    const meta = { page: 0, page_size: 50, key: 'recordings', url: page, first_page_url: page };
    const list = { recordings: [recording], meta: { ...meta, previous_page_url: null, next_page_url: null } };
    sendJson(path.endsWith('/Recordings') ? list : recording);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    calls,
    forgetCalls: () => calls.splice(0),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
