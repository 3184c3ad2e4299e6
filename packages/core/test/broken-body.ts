/** Creates a body that errors after its first bytes. */
export function createBrokenBody(cause: unknown): ReadableStream<Uint8Array<ArrayBuffer>> {
  const chunks = [new TextEncoder().encode('{"message": "half')];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.shift();
      if (chunk === undefined) controller.error(cause);
      else controller.enqueue(chunk);
    },
  });
}
