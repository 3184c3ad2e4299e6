import type { FetchedResponse } from './fetch.ts';

/** The maximum length of most response bodies after their content coding is removed, in bytes: 1 MiB. */
export const MAX_BODY_BYTES: number = 1_048_576;

/** The maximum length of a page and a timeline, which have up to 1,000 recordings, in bytes: 8 MiB. */
export const MAX_LIST_BYTES: number = 8_388_608;

/** A recording is shorter, so most bodies fit into the first buffer. */
const INITIAL_BUFFER_BYTES = 4096;

/** Reads a body chunk by chunk. */
interface ChunkReader {
  read(): Promise<IteratorResult<Uint8Array, unknown>>;
  cancel(): Promise<unknown>;
}

/**
 * Reads a response body as UTF-8.
 *
 * A byte order mark stays in the text, so that the text is not valid JSON.
 *
 * @param response a `Response`, or the response of another `fetch`: the body of node-fetch is a stream of Node, and
 * the response of React Native has no body.
 * @param maxBytes the maximum length after the content coding is removed, in bytes. Default is 1 MiB.
 * @returns undefined for a longer body and for bytes that are not UTF-8.
 */
export async function readText(
  response: FetchedResponse,
  maxBytes: number = MAX_BODY_BYTES,
): Promise<string | undefined> {
  const { body } = response;
  if (body === null) return '';
  if (isWebStream(body)) return decode(await readChunks(body.getReader(), maxBytes), maxBytes);
  if (isIterable(body)) return decode(await readChunks(toReader(body), maxBytes), maxBytes);
  return readWhole(response, maxBytes);
}

/**
 * Reads a body that is not a stream.
 *
 * Hermes has no TextDecoder, and React Native before 0.72 rejects `arrayBuffer()` after it has used up the response.
 */
async function readWhole(response: FetchedResponse, maxBytes: number): Promise<string | undefined> {
  const fallback = typeof response.clone === 'function' ? response.clone() : response;
  if (typeof response.arrayBuffer === 'function' && typeof TextDecoder === 'function') {
    try {
      return decode(new Uint8Array(await response.arrayBuffer()), maxBytes);
    } catch {
      // The text of a body whose connection failed rejects too.
    }
  }
  return checkText(await fallback.text(), maxBytes);
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

/** Copies each chunk when it arrives: in some runtimes, a chunk of one byte is a view of a buffer of 64 KiB. */
async function readChunks(reader: ChunkReader, maxBytes: number): Promise<Uint8Array | undefined> {
  let buffer = new Uint8Array(INITIAL_BUFFER_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done === true) return buffer.subarray(0, length);
    const end = length + value.byteLength;
    if (end > maxBytes) {
      // Not awaited: it may settle only when the server ends the response.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    if (end > buffer.byteLength) buffer = grow(buffer, end, maxBytes);
    buffer.set(value, length);
    length = end;
  }
}

/** Doubles the length of a buffer, so that a body of many small chunks is not copied once per chunk. */
function grow(buffer: Uint8Array<ArrayBuffer>, bytes: number, maxBytes: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.min(maxBytes, Math.max(bytes, 2 * buffer.byteLength)));
  grown.set(buffer);
  return grown;
}

function decode(bytes: Uint8Array | undefined, maxBytes: number): string | undefined {
  try {
    const isWithinLimit = bytes !== undefined && bytes.byteLength <= maxBytes;
    return isWithinLimit
      ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Checks a text that the runtime decoded: it replaces bytes that are not UTF-8 by U+FFFD. */
function checkText(text: string, maxBytes: number): string | undefined {
  const isTooLong = text.length > maxBytes || new TextEncoder().encode(text).length > maxBytes;
  return isTooLong || text.includes('\uFFFD') ? undefined : text;
}
