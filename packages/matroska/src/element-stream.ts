import { parseHeader, UNKNOWN_SIZE, type ElementHeader } from './ebml.ts';
import type { Bytes } from './types.ts';

/** More than a header and the 11 bytes that a visitor may need of a content. */
const STASH_BYTES = 32;

/** A visitor returns this if it needs bytes that follow `end`. */
export const NEEDS_MORE = -1;

/** The bytes of an element that a visitor looks at. */
export interface Visit {
  /** The bytes that hold the header and the beginning of the content. */
  bytes: Uint8Array;
  /** The index of the header in the bytes. */
  at: number;
  /** The index of the content in the bytes. */
  start: number;
  /** The index after the last byte that is there. */
  end: number;
  /** The byte offset in the file of the first one of the bytes. */
  base: number;
}

/**
 * Looks at an element. It returns the index of the next header: `start` to descend into the element, the index after its content to
 * skip it, or NEEDS_MORE. It may change the header and the first 11 bytes of the content.
 */
export type Visitor = (header: ElementHeader, visit: Visit) => number;

/** A walk over the elements of a file that arrives in chunks of any size. */
export interface ElementStream {
  /** Returns the bytes that are final: all, but for up to 31 that are held back. */
  push(chunk: Bytes): readonly Bytes[];
  /** Returns the bytes that were held back. */
  finish(): readonly Bytes[];
  /** The byte offset in the file after the last chunk. */
  position(): number;
}

/**
 * Creates a walk that looks at the header of each element and skips the contents that its visitor does not descend into. After bytes
 * that are not a header, it passes the rest of the file through.
 *
 * @param offset the byte offset of the first chunk, which begins with a header.
 */
export function createElementStream(offset: number, visitor: Visitor): ElementStream {
  const header: ElementHeader = { id: 0, size: 0 };
  const visit: Visit = { bytes: new Uint8Array(0), at: 0, start: 0, end: 0, base: 0 };
  const stash = new Uint8Array(STASH_BYTES);
  let stashed = 0;
  let position = offset;
  /** Bytes until the next header. */
  let skip = 0;

  /** Visits the element at `at`. @returns the index of the next header, or NEEDS_MORE. */
  function step(bytes: Bytes, at: number, end: number, base: number): number {
    const length = parseHeader(bytes, at, end, header);
    if (length < 0) return Infinity;
    if (length === 0) return NEEDS_MORE;
    visit.bytes = bytes;
    visit.at = at;
    visit.start = at + length;
    visit.end = end;
    visit.base = base;
    return visitor(header, visit);
  }

  /**
   * Visits the element that begins in the stash, and whose next header is in the chunk or after it: an element that fits in the stash
   * would have been visited already.
   *
   * @returns the index of the next header in the chunk, or NEEDS_MORE.
   */
  function stepThroughStash(chunk: Bytes): number {
    const taken = Math.min(STASH_BYTES - stashed, chunk.length);
    stash.set(chunk.subarray(0, taken), stashed);
    const next = step(stash, 0, stashed + taken, position - stashed);
    if (next === NEEDS_MORE) return NEEDS_MORE;
    chunk.set(stash.subarray(stashed, stashed + taken));
    return next - stashed;
  }

  return {
    push(chunk) {
      const output: Bytes[] = [];
      const { length } = chunk;
      let at = skip;
      if (stashed > 0) {
        at = stepThroughStash(chunk);
        if (at === NEEDS_MORE) {
          stashed += length;
          position += length;
          return output;
        }
        output.push(stash.slice(0, stashed));
        stashed = 0;
      }
      while (at < length) {
        const next = step(chunk, at, length, position);
        if (next === NEEDS_MORE) break;
        at = next;
      }
      skip = Math.max(0, at - length);
      position += length;
      if (at >= length) output.push(chunk);
      else {
        stashed = length - at;
        stash.set(chunk.subarray(at));
        if (at > 0) output.push(chunk.subarray(0, at));
      }
      return output;
    },
    finish() {
      const rest = stash.slice(0, stashed);
      stashed = 0;
      return rest.length > 0 ? [rest] : [];
    },
    position: () => position,
  };
}

/** Returns the index after an element; an element of unknown size is descended into. */
export function skipElement(header: ElementHeader, visit: Visit): number {
  return header.size === UNKNOWN_SIZE ? visit.start : visit.start + header.size;
}
