import { MatroskaError } from './errors.ts';

/** The size of an element whose end is not stated (RFC 8794 §6.2). */
export const UNKNOWN_SIZE = -1;

/** Bytes of the longest header: an ID of 4 bytes and a size of 8. */
export const MAX_HEADER_BYTES = 12;

/** An element's header; a parser writes into it, so that a walk does not allocate. */
export interface ElementHeader {
  id: number;
  /** Bytes of the content, or UNKNOWN_SIZE. Sizes of 2^53 and more are not exact. */
  size: number;
}

/** A child in the content of its parent. */
export interface Child {
  readonly id: number;
  readonly content: Uint8Array;
}

/**
 * Parses the header of the element at `at`.
 *
 * @returns the bytes of the header; 0 if `end` comes too early; -1 if the bytes are not a header.
 */
export function parseHeader(bytes: Uint8Array, at: number, end: number, header: ElementHeader): number {
  if (at >= end) return 0;
  const idLength = Math.clz32(bytes[at] ?? 0) - 23;
  if (idLength > 4) return -1;
  const sizeAt = at + idLength;
  if (sizeAt >= end) return 0;
  const first = bytes[sizeAt] ?? 0;
  const sizeLength = Math.clz32(first) - 23;
  if (sizeLength > 8) return -1;
  if (sizeAt + sizeLength > end) return 0;
  const mask = 0xff >> sizeLength;
  let size = first & mask;
  let isUnknown = size === mask;
  for (let index = sizeAt + 1; index < sizeAt + sizeLength; index += 1) {
    const byte = bytes[index] ?? 0;
    size = size * 256 + byte;
    isUnknown &&= byte === 0xff;
  }
  header.id = readUint(bytes, at, idLength);
  header.size = isUnknown ? UNKNOWN_SIZE : size;
  return idLength + sizeLength;
}

/** Reads a big-endian unsigned integer. Integers of 2^53 and more are not exact. */
export function readUint(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let index = at; index < at + length; index += 1) value = value * 256 + (bytes[index] ?? 0);
  return value;
}

/** Writes a big-endian unsigned integer. */
export function writeUint(bytes: Uint8Array, at: number, length: number, value: number): void {
  for (let index = at + length - 1; index >= at; index -= 1) {
    bytes[index] = value % 256;
    value = Math.floor(value / 256);
  }
}

/**
 * Reads the content of an unsigned integer element, which is 0 without content.
 *
 * @throws {MatroskaError} invalid: the integer has more than 8 bytes or exceeds 2^53 - 1.
 */
export function toUint(content: Uint8Array): number {
  const value = content.length > 8 ? Infinity : readUint(content, 0, content.length);
  if (value > Number.MAX_SAFE_INTEGER) throw new MatroskaError('invalid', 'An integer element is too large.');
  return value;
}

/** Reads the content of a float element of 4 or 8 bytes (RFC 8794 §7.3); NaN for another length. */
export function toFloat(content: Uint8Array): number {
  const view = new DataView(content.buffer, content.byteOffset, content.length);
  if (content.length === 8) return view.getFloat64(0);
  return content.length === 4 ? view.getFloat32(0) : Number.NaN;
}

/** Reads the content of a string element. NULs at its end are padding (RFC 8794 §7.4). */
export function toText(content: Uint8Array): string {
  return new TextDecoder().decode(content).replace(/\0.*$/s, '');
}

/**
 * Walks over the children in the whole content of an element.
 *
 * @throws {MatroskaError} invalid: a child is malformed, has an unknown size or exceeds its parent.
 */
export function* iterateChildren(bytes: Uint8Array): Generator<Child, void, undefined> {
  const header: ElementHeader = { id: 0, size: 0 };
  for (let at = 0; at < bytes.length;) {
    const length = parseHeader(bytes, at, bytes.length, header);
    const start = at + length;
    const end = start + header.size;
    if (length < 1 || header.size < 0 || end > bytes.length) {
      throw new MatroskaError('invalid', 'An element exceeds its parent element or is malformed.');
    }
    yield { id: header.id, content: bytes.subarray(start, end) };
    at = end;
  }
}

/** Returns the contents of the children by their IDs. The last one of an ID counts. */
export function mapChildren(bytes: Uint8Array): Map<number, Uint8Array> {
  return new Map(Array.from(iterateChildren(bytes), ({ id, content }) => [id, content]));
}
