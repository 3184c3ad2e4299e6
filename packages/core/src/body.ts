/** The most bytes of an answer that are read, after any decoding: 1 MiB. */
export const MAX_BODY_BYTES: number = 1_048_576;

/**
 * Reads a body as UTF-8, at most 1 MiB of it; undefined for a longer one and for bytes that are no UTF-8.
 *
 * A byte order mark stays in the text, where JSON has no place for it.
 */
export async function readBody(response: Response): Promise<string | undefined> {
  if (response.body === null) return '';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const reader = response.body.getReader();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.byteLength;
    if (bytes > MAX_BODY_BYTES) {
      // Not waited for: the rest may be long in coming.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    chunks.push(value);
  }
  return decode(chunks, decoder);
}

function decode(chunks: readonly Uint8Array[], decoder: TextDecoder): string | undefined {
  try {
    return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode();
  } catch {
    return undefined;
  }
}
