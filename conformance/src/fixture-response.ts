import type { RecordedResponse } from './fixture.ts';

const SPACE = 0x20;

/** Creates the recorded response, byte for byte. */
export function toResponse(recorded: RecordedResponse): Response {
  const { status, headers } = recorded;
  const bytes = toBytes(recorded);
  return new Response(recorded.breaksOff === true ? createBrokenBody(bytes) : bytes, { status, headers });
}

function toBytes({ body, bodyBase64, paddedTo = 0 }: RecordedResponse): Uint8Array<ArrayBuffer> {
  const content =
    bodyBase64 === undefined
      ? new TextEncoder().encode(body)
      : Uint8Array.from(atob(bodyBase64), (byte) => byte.charCodeAt(0));
  const bytes = new Uint8Array(Math.max(content.byteLength, paddedTo)).fill(SPACE);
  bytes.set(content);
  return bytes;
}

/** Creates a body that errors after the bytes, as if the connection had closed. */
function createBrokenBody(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isSent = false;
  return new ReadableStream({
    pull(controller) {
      if (isSent) return controller.error(new TypeError('terminated'));
      isSent = true;
      return controller.enqueue(bytes);
    },
  });
}
