type Bytes = Uint8Array<ArrayBuffer>;

// The used part of workerd: its own types would replace the standard ones.
declare const FixedLengthStream: new (length: number) => {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Bytes>;
};

/**
 * Sends a stream through a stream of workerd itself. workerd sends a stream of JavaScript without a Content-Length, and reads it with a
 * promise for each chunk: a file of 150 MB arrived with 117 MB/s, and through its own stream with 194 MB/s.
 *
 * @param length the bytes of the stream.
 * @param waitUntil keeps the isolate awake until the stream is sent.
 * @see https://developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream
 */
export function toFixedLengthStream(
  stream: ReadableStream<Bytes>,
  length: number,
  waitUntil: (work: Promise<unknown>) => void,
): ReadableStream<Bytes> {
  const { readable, writable } = new FixedLengthStream(length);
  waitUntil(writeAll(stream.getReader(), writable.getWriter()));
  return readable;
}

/** Writes a chunk when the client has accepted the chunk before it. Both ends learn of an error of the other one. */
async function writeAll(
  reader: ReadableStreamDefaultReader<Bytes>,
  writer: WritableStreamDefaultWriter<Bytes>,
): Promise<void> {
  // While the storage is slow no write is pending that could fail.
  writer.closed.catch(() => reader.cancel()).catch(() => undefined);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      await writer.write(value);
    }
    await writer.close();
  } catch (error) {
    await Promise.allSettled([writer.abort(error), reader.cancel(error)]);
  }
}
