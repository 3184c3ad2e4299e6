import type { RecordedResponse } from './fixture.ts';

const SPACE = 0x20;

/** Makes the answer that was recorded, byte for byte. */
export function toResponse(recorded: RecordedResponse): Response {
  const { status, headers } = recorded;
  const bytes = bytesOf(recorded);
  return new Response(recorded.breaksOff === true ? breakOff(bytes) : bytes, { status, headers });
}

function bytesOf({ body, bodyBase64, paddedTo = 0 }: RecordedResponse): Uint8Array<ArrayBuffer> {
  const sent =
    bodyBase64 === undefined
      ? new TextEncoder().encode(body)
      : Uint8Array.from(atob(bodyBase64), (byte) => byte.charCodeAt(0));
  const bytes = new Uint8Array(Math.max(sent.byteLength, paddedTo)).fill(SPACE);
  bytes.set(sent);
  return bytes;
}

/** Gives the bytes, and then the fault of a connection that is gone. */
function breakOff(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new TypeError('terminated'));
      isSent = true;
      return controller.enqueue(bytes);
    },
  });
}
