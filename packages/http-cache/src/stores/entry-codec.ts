import { isCacheEntry, type CacheEntry } from './store.ts';

/** Size of the length of the JSON, bytes. */
const LENGTH_BYTES = 4;

/**
 * Encodes an entry as bytes: the length of the JSON, the JSON with each body replaced by its length, and the bodies in the same
 * order.
 */
export function encodeEntry(entry: CacheEntry): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  const text = JSON.stringify(entry, (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    bodies.push(value);
    return value.byteLength;
  });
  const json = new TextEncoder().encode(text);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, json.byteLength);
  return concatChunks([length, json, ...bodies]);
}

/**
 * Decodes an entry.
 *
 * @returns undefined if the bytes are truncated or do not contain an entry.
 * @throws {SyntaxError | RangeError} if the bytes do not contain JSON. The cache treats an error of a store as a miss.
 */
export function decodeEntry(bytes: Uint8Array): CacheEntry | undefined {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  let position = LENGTH_BYTES + length;
  const json = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, position));
  // JSON.parse revives values in the order of the text, so the bodies are read in the order in which they were written.
  const entry: unknown = JSON.parse(json, (name, value: unknown) => {
    if (name !== 'body' || typeof value !== 'number') return value;
    const start = position;
    position += value;
    return bytes.slice(start, position);
  });
  return position === bytes.byteLength && isCacheEntry(entry) ? entry : undefined;
}

function concatChunks(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(chunks.reduce((length, { byteLength }) => length + byteLength, 0));
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.byteLength;
  }
  return bytes;
}
