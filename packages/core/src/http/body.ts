import type { FetchedResponse } from './fetch.ts';

/** The most bytes of an answer that are read, after any decoding: 1 MiB. */
export const MAX_BODY_BYTES: number = 1_048_576;

/** More than a recording has: most bodies fit without a second buffer. */
const FIRST_BUFFER_BYTES = 4096;

/** Hands out a body chunk by chunk, and can give up the rest of it. */
interface ChunkReader {
  read(): Promise<IteratorResult<Uint8Array, unknown>>;
  cancel(): Promise<unknown>;
}

/**
 * Reads a body as UTF-8, at most 1 MiB of it; undefined for a longer body and for bytes that are not UTF-8.
 *
 * A byte order mark stays in the text, where JSON has no place for it.
 *
 * @param response a `Response`, or what another implementation of `fetch` has for it: node-fetch gives Node's stream as
 * the body, and React Native gives none.
 */
export async function readText(response: FetchedResponse): Promise<string | undefined> {
  const { body } = response;
  if (body === null) return '';
  if (isWebStream(body)) return decode(await readChunks(body.getReader()));
  if (isIterable(body)) return decode(await readChunks(toReader(body)));
  return readWhole(response);
}

/**
 * Reads a body that comes in one piece.
 *
 * Hermes has no TextDecoder, and React Native before 0.72 rejects `arrayBuffer()` after it has used up the response.
 */
async function readWhole(response: FetchedResponse): Promise<string | undefined> {
  const spare = typeof response.clone === 'function' ? response.clone() : response;
  if (typeof response.arrayBuffer === 'function' && typeof TextDecoder === 'function') {
    try {
      return decode(new Uint8Array(await response.arrayBuffer()));
    } catch {
      // A body that broke off rejects as a text too.
    }
  }
  return checkText(await spare.text());
}

function isWebStream(body: unknown): body is ReadableStream<Uint8Array> {
  return typeof body === 'object' && body !== null && 'getReader' in body;
}

function isIterable(body: unknown): body is AsyncIterable<Uint8Array, unknown> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

function toReader(body: AsyncIterable<Uint8Array, unknown>): ChunkReader {
  const iterator = body[Symbol.asyncIterator]();
  return { read: () => iterator.next(), cancel: async () => iterator.return?.() };
}

/** Copies each chunk as it comes: some runtimes hand out a chunk of one byte as a view of a buffer of 64 KiB. */
async function readChunks(reader: ChunkReader): Promise<Uint8Array | undefined> {
  let buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done === true) return buffer.subarray(0, length);
    const end = length + value.byteLength;
    if (end > MAX_BODY_BYTES) {
      // Not waited for: the rest may be long in coming.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    if (end > buffer.byteLength) buffer = grow(buffer, end);
    buffer.set(value, length);
    length = end;
  }
}

/** Doubles a buffer, so that a body of many small chunks is not copied for each of them. */
function grow(buffer: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.min(MAX_BODY_BYTES, Math.max(bytes, 2 * buffer.byteLength)));
  grown.set(buffer);
  return grown;
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  try {
    const isReadable = bytes !== undefined && bytes.byteLength <= MAX_BODY_BYTES;
    return isReadable ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Checks a text that the runtime decoded, in which bytes that are not UTF-8 have become U+FFFD. */
function checkText(text: string): string | undefined {
  const isTooLong = text.length > MAX_BODY_BYTES || new TextEncoder().encode(text).length > MAX_BODY_BYTES;
  return isTooLong || text.includes('\uFFFD') ? undefined : text;
}
