import type { ServerResponse } from 'node:http';
import type { BodyReader } from '../http/types.ts';

/**
 * Milliseconds without a byte to the client, after which its connection is closed. A client at 3 kB/s accepts bytes about every two
 * minutes, because the buffers of the kernels empty first, and a paused player does not accept any.
 */
const STREAM_INACTIVITY_MS = 900_000;

/**
 * Calls a function once, when the response has been sent or its client has left.
 *
 * The server keeps a connection whose client has closed its side (see `createNodeServer`). A client that leaves looks the same until
 * something is written, which may take seconds. The function is called in both cases, so it must be for media only.
 */
export function onClientLeft(response: ServerResponse, onLeft: () => void): void {
  const { socket } = response;
  let hasLeft = false;
  const leave = () => {
    if (hasLeft) return;
    hasLeft = true;
    socket?.removeListener('end', leave);
    onLeft();
  };
  if (response.closed || socket?.readableEnded === true) {
    leave();
    return;
  }
  response.once('close', leave);
  socket?.once('end', leave);
}

/**
 * Writes a body to a response of Node: it reads the next chunk when the client has accepted the chunks before it. If the client
 * leaves, the body is cancelled. If the body fails, the connection is closed, so that the client does not take a part for the whole.
 */
export async function writeBody(reader: BodyReader, response: ServerResponse): Promise<void> {
  let isClosed = false;
  let resume: (() => void) | undefined;
  response.on('drain', () => resume?.());
  onClientLeft(response, () => {
    isClosed = true;
    resume?.();
    // The body of a complete response has ended, and ignores it.
    reader.cancel();
  });
  const { socket } = response;
  const inactivityMs = socket?.timeout ?? 0;
  socket?.setTimeout(STREAM_INACTIVITY_MS);
  try {
    for (;;) {
      const chunk = await reader.read();
      if (isClosed) {
        response.destroy();
        return;
      }
      if (chunk === undefined) break;
      if (response.write(chunk, () => freeMemory(chunk))) continue;
      await new Promise<void>((resolve) => (resume = resolve));
    }
    response.end();
    socket?.setTimeout(inactivityMs);
  } catch {
    response.destroy();
  }
}

/**
 * Frees the memory of a chunk that was sent. Otherwise each 64 MiB of chunks cost a garbage collection of the whole heap, which is a third
 * of the CPU time of a transfer, and the process grows by 75 MiB instead of 27 in the first GiB.
 */
function freeMemory({ buffer, byteLength }: Uint8Array<ArrayBuffer>): void {
  // A part of a buffer may have neighbours that are not sent yet. Node 20 has no `transfer`.
  const owned: ArrayBuffer & { transfer?: (newByteLength: number) => ArrayBuffer } = buffer;
  if (byteLength === buffer.byteLength) owned.transfer?.(0);
}
