import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { sleep } from '@room-recordings/http-cache';
import { onTestFinished } from 'vitest';
import type { MediaReadOptions, MediaSource, StoredRange } from '../../src/media/media-source.ts';
import { createTwilioMedia } from '../../src/media/twilio-media.ts';
import type { AccountLimits } from '../../src/twilio/resilience/account-limits.ts';
import { createResilientCalls } from '../../src/twilio/resilience/resilient-calls.ts';
import { RECORDING_REF } from './recording.ts';

/** Bytes of the file at the storage. */
export const SIZE = 1_000_000;
export const BYTES: Uint8Array<ArrayBuffer> = Uint8Array.from(
  { length: SIZE },
  (_, index) => (index * 31) % 251,
);
/** Part of the credentials and of each link. */
export const CANARY = 'canary-5f3e';

/** Handles a request of a server. */
export type Respond = (request: IncomingMessage, response: ServerResponse) => void;

/** A server on a socket of this machine. */
interface Upstream {
  readonly host: string;
  readonly requests: readonly IncomingMessage[];
  setResponse(respond: Respond): void;
  /** Returns the number of connections that were opened. */
  connections(): number;
}

/** Starts a server that stops after the test. */
export async function startUpstream(initial: Respond): Promise<Upstream> {
  const requests: IncomingMessage[] = [];
  let respond = initial;
  let connections = 0;
  const server = createServer((request, response) => {
    requests.push(request);
    respond(request, response);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    host: `127.0.0.1:${address.port}`,
    requests,
    setResponse: (next) => {
      respond = next;
    },
    connections: () => connections,
  };
}

/** Responds with the requested range of the file, as S3 does. */
export const respondWithRange: Respond = ({ headers }, response) => {
  const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
  const [start, end] = [Number(first), Math.min(Number(last) + 1, SIZE)];
  response.writeHead(206, {
    'Content-Type': 'application/octet-stream',
    'Content-Range': `bytes ${start}-${end - 1}/${SIZE}`,
    'Content-Length': end - start,
    ETag: '"abc"',
    'Set-Cookie': 'a=b',
  });
  response.end(BYTES.subarray(start, end));
};

/** Sends the headers and the first bytes of the file, and leaves the body open. */
export const respondWithStart: Respond = (_request, response) => {
  response.writeHead(206, { 'Content-Range': `bytes 0-${SIZE - 1}/${SIZE}`, 'Content-Length': SIZE });
  response.write(BYTES.subarray(0, 1_000));
};

/** A media source in front of a Twilio and of a storage. */
export interface MediaHarness {
  readonly media: MediaSource;
  readonly open: (start: number, end: number, options?: Partial<MediaReadOptions>) => Promise<StoredRange>;
  readonly twilio: Upstream;
  readonly storage: Upstream;
  readonly account: AccountLimits;
}

/** Starts a Twilio that redirects to a storage, and creates the media source in front of both. */
export async function createMedia(respond: Respond = respondWithRange): Promise<MediaHarness> {
  const storage = await startUpstream(respond);
  let links = 0;
  const redirectToStorage: Respond = (_request, response) => {
    links += 1;
    const url = `http://${storage.host}/AC1/RT1?X-Amz-Expires=3600&X-Amz-Signature=${CANARY}${links}`;
    response.writeHead(302, { Location: url, 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ redirect_to: url }));
  };
  const twilio = await startUpstream(redirectToStorage);
  const calls = createResilientCalls({
    now: () => performance.now(),
    sleep,
    random: () => 0,
    staleOnUpstreamAuth: false,
  });
  const media = createTwilioMedia(
    { baseUrl: `http://${twilio.host}`, auth: () => `Basic ${CANARY}`, accountSid: undefined },
    new Set([storage.host]),
    {
      fetch: (url, init) => fetch(url, init),
      calls,
      now: () => Date.now(),
      monotonic: () => performance.now(),
      sleep,
    },
  );
  const open = (start: number, end: number, options: Partial<MediaReadOptions> = {}) =>
    media.open(RECORDING_REF, { start, end }, { signal: new AbortController().signal, ...options });
  return { media, open, twilio, storage, account: calls.account };
}
