import type { BodyReader } from '../http/types.ts';

type Bytes = Uint8Array<ArrayBuffer>;

// The used part of workerd: its own types would replace the standard ones.
declare const FixedLengthStream: new (length: number) => {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Bytes>;
};

/**
 * Creates the stream of a body from a stream of workerd itself. workerd sends a stream of JavaScript without a Content-Length, and reads
 * it with a promise for each chunk: a file of 150 MB arrived with 117 MB/s, and through its own stream with 194 MB/s.
 *
 * @param length the bytes of the body.
 * @param waitUntil keeps the isolate awake until the body is sent.
 * @see https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
 */
export function toFixedLengthStream(
  body: BodyReader,
  length: number,
  waitUntil: (work: Promise<unknown>) => void,
): ReadableStream<Bytes> {
  const { readable, writable } = new FixedLengthStream(length);
  waitUntil(writeAll(body, writable.getWriter()));
  return readable;
}

/** Writes a chunk when the client has accepted the chunk before it. Both ends learn of an error of the other one. */
async function writeAll(body: BodyReader, writer: WritableStreamDefaultWriter<Bytes>): Promise<void> {
  // While the storage is slow no write is pending that could fail.
  writer.closed.catch(() => body.cancel());
  try {
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) {
      await writer.write(chunk);
    }
    await writer.close();
  } catch (error) {
    body.cancel();
    await writer.abort(error).catch(() => undefined);
  }
}
