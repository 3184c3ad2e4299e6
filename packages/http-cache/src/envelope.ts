import { isEntry, type Entry } from './entry.ts';

/** Bytes that say how long the description before the bodies is. */
const LENGTH_BYTES = 4;

/**
 * Writes an entry as bytes: the length of a description, the description as JSON, and the bodies one after the other.
 * Header values are of Latin-1 (RFC 9110 §5.5) and JSON is of UTF-8: both come back as they were.
 */
export function pack({ variants }: Entry): Uint8Array<ArrayBuffer> {
  const bodies = variants.map(({ body }) => body);
  const lengths = bodies.map((body) => body?.byteLength ?? null);
  const described = variants.map((variant) => ({ ...variant, body: null }));
  const description = new TextEncoder().encode(JSON.stringify({ lengths, variants: described }));

  const size = bodies.reduce(
    (sum, body) => sum + (body?.byteLength ?? 0),
    LENGTH_BYTES + description.byteLength,
  );
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, description.byteLength);
  bytes.set(description, LENGTH_BYTES);
  let position = LENGTH_BYTES + description.byteLength;
  for (const body of bodies) {
    if (body === null) continue;
    bytes.set(body, position);
    position += body.byteLength;
  }
  return bytes;
}

/**
 * Reads an entry back; undefined for bytes that hold none, or are cut short.
 *
 * @throws {SyntaxError | RangeError} where there is not even a description: to a cache a miss, as all that a store throws.
 */
export function unpack(bytes: Uint8Array): Entry | undefined {
  const length = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0);
  let position = LENGTH_BYTES + length;
  const description: unknown = JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, position)));
  if (!isEntry(description) || !('lengths' in description) || !Array.isArray(description.lengths))
    return undefined;
  const lengths: readonly unknown[] = description.lengths;
  const variants = description.variants.map((variant, index) => {
    const size = lengths[index];
    if (typeof size !== 'number') return variant;
    const body = bytes.slice(position, position + size);
    position += size;
    return { ...variant, body };
  });
  return position === bytes.byteLength ? { variants } : undefined;
}
