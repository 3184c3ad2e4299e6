import type { ServerResponse } from 'node:http';

/**
 * Milliseconds without a byte to the client, after which its connection is closed. A client at 3 kB/s accepts bytes about every two
 * minutes, because the buffers of the kernels empty first, and a paused player does not accept any.
 */
const STREAM_INACTIVITY_MS = 900_000;

/**
 * Writes a stream to a response of Node: it reads the next chunk when the client has accepted the chunks before it. If the client
 * leaves, the stream is cancelled. If the stream fails, the connection is closed, so that the client does not take a part for the whole.
 */
export async function writeStream(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  response: ServerResponse,
): Promise<void> {
  const reader = stream.getReader();
  let isClosed = response.closed;
  let resume: (() => void) | undefined;
  response.on('drain', () => resume?.());
  response.once('close', () => {
    isClosed = true;
    resume?.();
    // The stream of a complete response has ended, and ignores it.
    reader.cancel().catch(() => undefined);
  });
  const { socket } = response;
  const inactivityMs = socket?.timeout ?? 0;
  socket?.setTimeout(STREAM_INACTIVITY_MS);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (isClosed) return;
      if (done) break;
      if (response.write(value)) continue;
      await new Promise<void>((resolve) => (resume = resolve));
    }
    response.end();
    socket?.setTimeout(inactivityMs);
  } catch {
    response.destroy();
  }
}
