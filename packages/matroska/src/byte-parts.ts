import { writeUint } from './ebml.ts';
import type { Bytes } from './types.ts';

/** Joins byte sequences. */
export function concatBytes(parts: readonly ArrayLike<number>[]): Bytes {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Formats big-endian unsigned integers of `width` bytes. */
export function formatUints(width: number, values: ArrayLike<number>): Bytes {
  const bytes = new Uint8Array(width * values.length);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < values.length; index += 1) {
    const value = values[index] ?? 0;
    // The tables of an hour have 100,000 values of 4 bytes.
    if (width === 4) view.setUint32(4 * index, value);
    else writeUint(bytes, width * index, width, value);
  }
  return bytes;
}

/** Formats ASCII text. */
export function formatAscii(text: string): Bytes {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}
