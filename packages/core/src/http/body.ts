import type { FetchedResponse } from './fetch.ts';

/** The maximum length of a response body after its content coding is removed, in bytes: 1 MiB. */
export const MAX_BODY_BYTES: number = 1_048_576;

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
 * @returns undefined for a body of more than 1 MiB and for bytes that are not UTF-8.
 */
export async function readText(response: FetchedResponse): Promise<string | undefined> {
  const { body } = response;
  if (body === null) return '';
  if (isWebStream(body)) return decode(await readChunks(body.getReader()));
  if (isIterable(body)) return decode(await readChunks(toReader(body)));
  return readWhole(response);
}

/**
 * Reads a body that is not a stream.
 *
 * Hermes has no TextDecoder, and React Native before 0.72 rejects `arrayBuffer()` after it has used up the response.
 */
async function readWhole(response: FetchedResponse): Promise<string | undefined> {
  const fallback = typeof response.clone === 'function' ? response.clone() : response;
  if (typeof response.arrayBuffer === 'function' && typeof TextDecoder === 'function') {
    try {
      return decode(new Uint8Array(await response.arrayBuffer()));
    } catch {
      // The text of a body whose connection failed rejects too.
    }
  }
  return checkText(await fallback.text());
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
async function readChunks(reader: ChunkReader): Promise<Uint8Array | undefined> {
  let buffer = new Uint8Array(INITIAL_BUFFER_BYTES);
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done === true) return buffer.subarray(0, length);
    const end = length + value.byteLength;
    if (end > MAX_BODY_BYTES) {
      // Not awaited: it may settle only when the server ends the response.
      reader.cancel().catch(() => undefined);
      return undefined;
    }
    if (end > buffer.byteLength) buffer = grow(buffer, end);
    buffer.set(value, length);
    length = end;
  }
}

/** Doubles the length of a buffer, so that a body of many small chunks is not copied once per chunk. */
function grow(buffer: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.min(MAX_BODY_BYTES, Math.max(bytes, 2 * buffer.byteLength)));
  grown.set(buffer);
  return grown;
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  try {
    const isWithinLimit = bytes !== undefined && bytes.byteLength <= MAX_BODY_BYTES;
    return isWithinLimit
      ? new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Checks a text that the runtime decoded: it replaces bytes that are not UTF-8 by U+FFFD. */
function checkText(text: string): string | undefined {
  const isTooLong = text.length > MAX_BODY_BYTES || new TextEncoder().encode(text).length > MAX_BODY_BYTES;
  return isTooLong || text.includes('\uFFFD') ? undefined : text;
}
