import { MAX_HEADER_BYTES, parseHeader, type ElementHeader } from './ebml.ts';
import { MatroskaError } from './errors.ts';
import type { Bytes, ReadRange } from './types.ts';

/** Bytes of a usual read: the head of a file of Twilio's is smaller. */
const READ_BYTES = 16 * 1024;
/** Limits for the head of one file. */
const MAX_BYTES = 2 * 1024 * 1024;
const MAX_READS = 40;
const MAX_CONTENT_BYTES = 256 * 1024;

/** The header of an element in a file. */
export interface FileElement {
  readonly id: number;
  readonly size: number;
  /** The byte offset of the element. */
  readonly offset: number;
  /** The byte offset of its content. */
  readonly start: number;
}

/** A view of a file. It reads the bytes that it does not have, within limits. */
export interface FileWindow {
  /** Returns the header of the element at an offset. */
  element(offset: number): Promise<FileElement>;
  /** Returns a content that is at most 256 KiB large. The bytes are valid until the next call. */
  content(element: FileElement): Promise<Bytes>;
  /** Returns the bytes from an offset on: `length` of them, or fewer at the end of the file. */
  bytes(offset: number, length: number): Promise<Bytes>;
}

/** Creates a view of a file of `size` bytes. All methods throw MatroskaError: truncated, invalid, too_large. */
export function createFileWindow(read: ReadRange, size: number): FileWindow {
  let buffer: Bytes = new Uint8Array(0);
  let bufferOffset = 0;
  let remainingBytes = MAX_BYTES;
  let remainingReads = MAX_READS;

  async function bytes(offset: number, length: number): Promise<Bytes> {
    const end = Math.min(size, offset + length);
    if (offset < bufferOffset || end > bufferOffset + buffer.length) {
      const readEnd = Math.min(size, Math.max(end, offset + READ_BYTES));
      remainingBytes -= readEnd - offset;
      remainingReads -= 1;
      if (remainingBytes < 0 || remainingReads < 0) {
        throw new MatroskaError('too_large', 'The head of the file is larger than 2 MiB, or too scattered.');
      }
      buffer = await read(offset, readEnd);
      bufferOffset = offset;
      if (buffer.length < readEnd - offset) throw truncated();
    }
    return buffer.subarray(offset - bufferOffset, end - bufferOffset);
  }

  async function element(offset: number): Promise<FileElement> {
    const header: ElementHeader = { id: 0, size: 0 };
    const start = await bytes(offset, MAX_HEADER_BYTES);
    const length = parseHeader(start, 0, start.length, header);
    if (length === 0) throw truncated();
    if (length < 0) throw new MatroskaError('invalid', `The byte ${offset} does not begin an element.`);
    return { ...header, offset, start: offset + length };
  }

  async function content(element: FileElement): Promise<Bytes> {
    if (element.size < 0) {
      throw new MatroskaError('invalid', `The element at byte ${element.offset} has an unknown size.`);
    }
    if (element.size > MAX_CONTENT_BYTES) {
      throw new MatroskaError('too_large', `The element at byte ${element.offset} is larger than 256 KiB.`);
    }
    if (element.start + element.size > size) throw truncated();
    return bytes(element.start, element.size);
  }

  return { element, content, bytes };
}

function truncated(): MatroskaError {
  return new MatroskaError('truncated', 'The file ends inside an element of its head.');
}
