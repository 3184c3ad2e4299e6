import { describeRecording } from '@room-recordings/testing/fake-twilio';
import { startMediaTwilio } from '@room-recordings/testing/media-bucket';
import { mkdtempSync, rmSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOM_SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

export const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;

/** How the storage sends a file. */
interface StoredFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of a response after which the connection breaks, for each response in turn; the responses after these are complete. */
  readonly breaks: number[];
  /** Whether a response is sent in chunks, one every 5 ms. */
  readonly isSlow?: boolean;
  /** The number of requests that get 403, as for an expired URL. */
  forbidden: number;
  etag: string;
}

/** An edge on each runtime, between a Twilio and a storage of this machine. */
export interface MediaEdges {
  /** Returns the URL of an edge, without a path. */
  origin(runtime: (typeof RUNTIMES)[number]): string;
  /** Stores the media of a new recording, and returns the path of its media. */
  add(
    bytes: Uint8Array<ArrayBuffer>,
    file?: Partial<StoredFile>,
    recording?: Readonly<Record<string, unknown>>,
  ): string;
  /** The ranges that the edge requested from the storage, by the path of the media. */
  readonly ranges: ReadonlyMap<string, readonly string[]>;
  /** Returns the file behind a path of media, which a test may change. */
  file(path: string): StoredFile;
  /** Resolves when the storage has no response in progress. */
  waitForIdle(): Promise<void>;
  /** The responses of the storage in progress. */
  pending(): number;
  stop(): Promise<void>;
}

const CHUNK_BYTES = 20_000;

function sendSlowly(response: ServerResponse, body: Uint8Array): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(body.subarray(sent, sent + CHUNK_BYTES));
    sent += CHUNK_BYTES;
    if (sent >= body.byteLength) response.end();
  }, 5);
  response.once('close', () => clearInterval(timer));
}

/** Starts the edges. */
export async function startMediaEdges(variables: Readonly<Record<string, string>> = {}): Promise<MediaEdges> {
  const folder = mkdtempSync(join(tmpdir(), 'media-edges-'));
  const files = new Map<string, StoredFile>();
  const ranges = new Map<string, string[]>();
  const responses = new Set<ServerResponse>();
  let onIdle: (() => void)[] = [];
  let count = 0;

  const storage = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://storage');
    const file = files.get(pathname);
    const [, first = '', last = ''] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
    if (file === undefined || first === '' || !searchParams.has('X-Amz-Signature')) {
      response.writeHead(400).end();
      return;
    }
    ranges.set(pathname, [...(ranges.get(pathname) ?? []), `${first}-${last}`]);
    if (file.forbidden > 0) {
      file.forbidden -= 1;
      response.writeHead(403).end('<Error/>');
      return;
    }
    responses.add(response);
    response.once('close', () => {
      responses.delete(response);
      if (responses.size === 0) for (const notify of onIdle.splice(0)) notify();
    });
    const end = Math.min(Number(last) + 1, file.bytes.byteLength);
    const body = file.bytes.subarray(Number(first), end);
    response.writeHead(206, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': body.byteLength,
      'Content-Range': `bytes ${first}-${end - 1}/${file.bytes.byteLength}`,
      ETag: file.etag,
      'x-amz-request-id': 'STORAGE',
    });
    const breakAfter = body.byteLength > 20_000 ? file.breaks.shift() : undefined;
    if (breakAfter !== undefined) response.write(body.subarray(0, breakAfter), () => response.destroy());
    else if (file.isSlow === true && body.byteLength > CHUNK_BYTES) sendSlowly(response, body);
    else response.end(body);
  }).listen(0, '127.0.0.1');
  await once(storage, 'listening');
  // A server that listens on TCP has an address of this type.
  const host = `127.0.0.1:${(storage.address() as AddressInfo).port}`;
  const twilio = await startMediaTwilio();
  const servers = await Promise.all(
    RUNTIMES.map(async (runtime) => {
      const port = await findFreePort();
      const environment = {
        RECORDINGS_SOURCE: 'twilio',
        ACCESS: 'public',
        ALLOWED_ORIGINS: '*',
        LOG_LEVEL: 'silent',
        TWILIO_API_KEY: 'SK1',
        TWILIO_API_SECRET: 'secret',
        TWILIO_BASE_URL: twilio.origin,
        MEDIA_HOSTS: host,
        PORT: String(port),
        DENO_DIR: join(folder, 'deno'),
        ...variables,
      };
      const server = await start(getStartCommand(`start:${runtime}`), environment, 'listening on');
      return { runtime, origin: `http://127.0.0.1:${port}`, server };
    }),
  );
  return {
    ranges,
    origin: (runtime) => servers.find((server) => server.runtime === runtime)?.origin ?? '',
    add(bytes, file = {}, recording = {}) {
      count += 1;
      const path = `/v1/Rooms/${ROOM_SID}/Recordings/RT${count.toString(16).padStart(32, '0')}`;
      const media = `${path}/Media`;
      files.set(media, { bytes, breaks: [], forbidden: 0, etag: '"stored"', ...file });
      const { room_sid: room, sid } = { room_sid: ROOM_SID, sid: path.slice(-34) };
      twilio.add(
        { ...describeRecording(path), ...recording, room_sid: room, sid },
        `http://${host}${media}?X-Amz-Expires=3600&X-Amz-Signature=${'0'.repeat(64)}`,
      );
      return media;
    },
    file(path) {
      const file = files.get(path);
      if (file === undefined) throw new Error(`The storage has no file for ${path}.`);
      return file;
    },
    waitForIdle: () =>
      responses.size === 0 ? Promise.resolve() : new Promise((resolve) => onIdle.push(resolve)),
    pending: () => responses.size,
    async stop() {
      onIdle = [];
      await Promise.all(servers.map(({ server }) => server.stop()));
      storage.close();
      storage.closeAllConnections();
      await twilio.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
