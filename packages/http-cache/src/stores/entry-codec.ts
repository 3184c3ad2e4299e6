import { isCacheEntry, type CacheEntry } from './store.ts';

/** Bytes that say how long the description before the bodies is. */
const LENGTH_BYTES = 4;

/**
 * Writes an entry as bytes: the length of a description, the description as JSON, in which the length of a body stands
 * for it, and the bodies one after the other.
 */
export function encodeEntry(entry: CacheEntry): Uint8Array<ArrayBuffer> {
  const bodies: Uint8Array[] = [];
  const text = JSON.stringify(entry, (_, value: unknown) => {
    if (!(value instanceof Uint8Array)) return value;
    bodies.push(value);
    return value.byteLength;
  });
  const description = new TextEncoder().encode(text);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setUint32(0, description.byteLength);
  return joinBytes([length, description, ...bodies]);
}

/**
 * Reads an entry back; undefined for bytes that hold none, or are cut short.
 *
 * @throws {SyntaxError | RangeError} where there is not even a description: to a cache a miss, as all that a store throws.
 */
export function decodeEntry(bytes: Uint8Array): CacheEntry | undefined {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  let position = LENGTH_BYTES + length;
  const description = new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, position));
  // Values are revived in the order in which they were written, and so are the bodies.
  const entry: unknown = JSON.parse(description, (name, value: unknown) => {
    if (name !== 'body' || typeof value !== 'number') return value;
    const start = position;
    position += value;
    return bytes.slice(start, position);
  });
  return position === bytes.byteLength && isCacheEntry(entry) ? entry : undefined;
}

function joinBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, { byteLength }) => length + byteLength, 0));
  let position = 0;
  for (const part of parts) {
    joined.set(part, position);
    position += part.byteLength;
  }
  return joined;
}
