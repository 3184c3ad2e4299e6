import { findField, omitFields, type Fields } from './fields.ts';

/** Content codings that `fetch` takes off, while it leaves their names in the header. */
const DECODED_BY_FETCH = /\b(?:gzip|deflate|br|zstd)\b/i;

/** Statuses of which a Response must have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** A body that was read up, or what it was longer than: then all of it is still to come from the stream. */
export type ReadBody = Uint8Array<ArrayBuffer> | null | ReadableStream<Uint8Array<ArrayBuffer>>;

/**
 * Reads a body up, so far as it is no longer than `most` bytes.
 *
 * @throws whatever the stream fails with: a body that ends early is no answer (RFC 9111 §3.3).
 */
export async function readBody(response: Response, most: number): Promise<ReadBody> {
  if (WITHOUT_BODY.has(response.status)) return null;
  if (response.body === null) return new Uint8Array();
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return joinChunks(chunks);
    chunks.push(value);
    length += value.byteLength;
    if (length > most) return resume(chunks, reader);
  }
}

/** One array of just the length: a chunk may be a view of something much larger, which would be kept with it. */
export function joinChunks(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(chunks.reduce((length, { byteLength }) => length + byteLength, 0));
  let position = 0;
  for (const chunk of chunks) {
    joined.set(chunk, position);
    position += chunk.byteLength;
  }
  return joined;
}

function resume(
  chunks: Uint8Array<ArrayBuffer>[],
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = chunks.shift() ?? (await reader.read()).value;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Lets go of a body that nobody wants; that of a connection which has broken cannot be cancelled, and needs not be. */
export function release(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
}

/**
 * Makes the fields true to the bytes that were read: where `fetch` took a coding off, neither the coding nor the length
 * is that of the body, and both go. `length` is bytes, and undefined for a body that is not read here.
 *
 * @throws {TypeError} for a body of another length than Content-Length says (RFC 9111 §3.3).
 */
export function describeBody(fields: Fields, length: number | undefined): Fields {
  const said = findField(fields, 'content-length');
  const isAsSaid = said === undefined || Number(said) === length;
  if (DECODED_BY_FETCH.test(findField(fields, 'content-encoding') ?? '')) {
    return said !== undefined && isAsSaid
      ? fields
      : omitFields(fields, ['content-encoding', 'content-length']);
  }
  if (length !== undefined && !isAsSaid)
    throw new TypeError('The body is not as long as its Content-Length says.');
  return fields;
}
