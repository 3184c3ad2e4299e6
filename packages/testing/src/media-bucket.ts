import { once } from 'node:events';
import { createReadStream, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

/** A request that a bucket got. */
export interface BucketRequest {
  readonly method: string;
  readonly path: string;
  /** The value of `Range`; null without one. */
  readonly range: string | null;
  /** The names of all headers, in lower case. */
  readonly headerNames: readonly string[];
}

/** How a bucket sends its responses. */
export interface BucketOptions {
  /** Milliseconds before the head of each response. Default: 0. */
  readonly latencyMs?: number;
  /** Bytes each second of each response. Default: no limit. */
  readonly bytesPerSecond?: number;
  /** Headers of each response besides the bucket's own. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Waits for the two limits. A bucket without limits does not wait. */
  readonly sleep?: (ms: number) => Promise<unknown>;
}

/** A bucket like Twilio's: files as `application/octet-stream`, with ranges and a strong ETag, without CORS, for signed GET requests only. */
export interface MediaBucket {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  /** All requests since the start, in their order. */
  readonly requests: readonly BucketRequest[];
  /** Stores a file of this machine. Returns its presigned URL. */
  store(key: string, file: string): string;
  stop(): Promise<void>;
}

const CHUNK_BYTES = 65_536;

/** Starts an empty bucket on a free port. */
export async function startMediaBucket({
  latencyMs = 0,
  bytesPerSecond = Infinity,
  headers: extraHeaders = {},
  sleep = () => Promise.resolve(),
}: BucketOptions = {}): Promise<MediaBucket> {
  const files = new Map<string, string>();
  const requests: BucketRequest[] = [];

  async function respond(
    { method = '', url = '/', headers }: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { pathname, searchParams } = new URL(url, 'http://bucket');
    requests.push({
      method,
      path: pathname,
      range: headers.range ?? null,
      headerNames: Object.keys(headers),
    });
    if (latencyMs > 0) await sleep(latencyMs);
    const file = files.get(pathname.slice(1));
    // A signature covers one method, so that a HEAD request with the signature of GET is forbidden.
    if (method !== 'GET' || !searchParams.has('X-Amz-Signature'))
      return sendError(response, 403, 'AccessDenied');
    if (file === undefined) return sendError(response, 404, 'NoSuchKey');
    const { size, mtimeMs } = statSync(file);
    const etag = `"${size.toString(16)}-${Math.trunc(mtimeMs).toString(16)}"`;
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag)
      return sendError(response, 412, 'PreconditionFailed');
    const range = parseRange(headers.range, size);
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${size}`);
      return sendError(response, 416, 'InvalidRange');
    }
    const [start, end] = range ?? [0, size];
    if (range !== null) response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${size}`);
    response.writeHead(range === null ? 200 : 206, {
      'Content-Type': 'application/octet-stream',
      'Content-Length': end - start,
      'Accept-Ranges': 'bytes',
      ETag: etag,
      'x-amz-request-id': 'BUCKET',
      ...extraHeaders,
    });
    // The pipeline stops if the client leaves.
    await pipeline(end > start ? readSlowly(file, start, end) : [], response).catch(() => undefined);
  }

  /** Reads a range of a file at the bucket's rate. */
  async function* readSlowly(file: string, start: number, end: number): AsyncGenerator<Buffer> {
    for await (const chunk of createReadStream(file, { start, end: end - 1, highWaterMark: CHUNK_BYTES })) {
      // A file without an encoding is read as buffers.
      const bytes = chunk as Buffer;
      if (bytesPerSecond < Infinity) await sleep((bytes.length / bytesPerSecond) * 1_000);
      yield bytes;
    }
  }

  const server = await listen(
    (request, response) => void respond(request, response).catch(() => response.destroy()),
  );
  return {
    origin: server.origin,
    requests,
    store(key, file) {
      files.set(key, file);
      return `${server.origin}/${key}?X-Amz-Signature=${'0'.repeat(64)}`;
    },
    stop: server.stop,
  };
}

function sendError(response: ServerResponse, status: number, code: string): void {
  response
    .writeHead(status, { 'Content-Type': 'application/xml' })
    .end(`<Error><Code>${code}</Code></Error>`);
}

/** Parses a Range header of one range. Returns its start and exclusive end, or null for the whole file. */
function parseRange(
  value: string | undefined,
  size: number,
): readonly [number, number] | 'unsatisfiable' | null {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(value ?? '') ?? [];
  if (first === '' && last === '') return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? [start, end] : 'unsatisfiable';
}

/** An HTTP server on a free port of this machine. */
interface LocalServer {
  readonly origin: string;
  stop(): Promise<void>;
}

/** Starts an HTTP server on a free port. */
async function listen(listener: RequestListener): Promise<LocalServer> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A Twilio that describes recordings and redirects their media to a bucket. */
export interface MediaTwilio extends LocalServer {
  /** The paths that were requested, with their query. */
  readonly targets: readonly string[];
  /** Adds a recording with a file in the bucket. */
  add(
    recording: Readonly<Record<string, unknown>> & { readonly room_sid: string; readonly sid: string },
    mediaUrl: string,
  ): void;
}

/** Starts a Twilio without recordings on a free port. It does not check credentials. */
export async function startMediaTwilio(): Promise<MediaTwilio> {
  const recordings = new Map<string, { readonly json: string; readonly mediaUrl: string }>();
  const targets: string[] = [];
  const server = await listen(({ url = '/' }, response) => {
    targets.push(url);
    const { pathname } = new URL(url, 'http://twilio');
    const [path = '', media] = pathname.split(/(?=\/Media$)/);
    const recording = recordings.get(path);
    response.setHeader('Content-Type', 'application/json');
    if (recording === undefined) {
      response.writeHead(404).end('{"code":20404,"message":"It was not found.","status":404}');
    } else if (media === undefined) {
      response.end(recording.json);
    } else {
      response.writeHead(302, { Location: recording.mediaUrl });
      response.end(JSON.stringify({ redirect_to: recording.mediaUrl }));
    }
  });
  return {
    ...server,
    targets,
    add(recording, mediaUrl) {
      const path = `/v1/Rooms/${recording.room_sid}/Recordings/${recording.sid}`;
      recordings.set(path, { json: JSON.stringify(recording), mediaUrl });
    },
  };
}
