import { countSampleBytes, isCoded, isDecoded } from './coding.ts';
import { getHeader, omitHeaders, type HeaderList } from './headers.ts';

/** Statuses of which a Response must have no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/** A body as far as it was read. */
interface BufferedBody {
  /** The bytes that were read; null for a status without a body, undefined if nothing was read. */
  readonly bytes: Uint8Array<ArrayBuffer> | null | undefined;
  /** The whole body from its first byte, if not all of it was read. */
  readonly stream?: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** A response's fields and body, which are true to each other. */
export interface ReceivedBody {
  readonly fields: HeaderList;
  readonly body: Uint8Array<ArrayBuffer> | null | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The whole body if it was read, is known to be without a coding, and has the length of Content-Length. */
  readonly storable: Uint8Array<ArrayBuffer> | null | undefined;
}

/**
 * Receives the body of a response, and makes the fields true to it: Content-Encoding and Content-Length go if the body is known to
 * be decoded, Content-Length goes if code outside `fetch` has changed the body's length.
 *
 * @param fields the fields of the response that go on.
 * @param most the longest body to read up, bytes; 0 if it is not to be stored. Of a body with a coding the beginning is always read.
 * @throws {TypeError} if a response from `fetch` has a body of another length than Content-Length (RFC 9111 §3.3).
 * @throws the error of the stream.
 */
export async function receiveBody(
  response: Response,
  fields: HeaderList,
  most: number,
): Promise<ReceivedBody> {
  const coding = getHeader(fields, 'content-encoding') ?? '';
  const isFetched = response.url !== '';
  const { bytes, stream } = await bufferBody(response, Math.max(most, countSampleBytes(coding, isFetched)));
  const body = stream ?? bytes ?? null;
  const storable = stream === undefined ? bytes : undefined;
  const length = getHeader(fields, 'content-length');
  const isAsLong = length !== undefined && storable ? Number(length) === storable.byteLength : undefined;
  if (isCoded(coding)) {
    const sample = bytes === null ? new Uint8Array() : bytes;
    const isPart = response.status === 206;
    if (isDecoded(coding, { sample, isFetched, isAsLong, isPart }))
      return { fields: omitHeaders(fields, ['content-encoding', 'content-length']), body, storable };
  } else if (isAsLong !== false) {
    return { fields, body, storable };
  } else if (isFetched) {
    throw new TypeError('The body is not as long as its Content-Length says.');
  }
  const trueFields = isAsLong === false ? omitHeaders(fields, ['content-length']) : fields;
  return { fields: trueFields, body, storable: undefined };
}

async function bufferBody(response: Response, most: number): Promise<BufferedBody> {
  if (WITHOUT_BODY.has(response.status)) return { bytes: null };
  if (response.body === null) return { bytes: new Uint8Array() };
  if (most === 0) return { bytes: undefined, stream: response.body };
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = response.body.getReader();
  // Chunks are copied as they come, because each may be a view of a much larger buffer: of 64 KiB on Deno.
  let buffer = new Uint8Array();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: buffer.slice(0, length) };
    const needed = length + value.byteLength;
    if (needed > buffer.byteLength) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * needed, most)));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(value, length);
    length = needed;
    if (length > most) {
      const bytes = buffer.subarray(0, length);
      return { bytes, stream: resume(bytes, reader) };
    }
  }
}

/** Returns a stream of the bytes that were read, and of the rest. */
function resume(
  read: Uint8Array<ArrayBuffer>,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(read),
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Lets go of a body that nobody wants; that of a connection which has broken cannot be cancelled, and needs not be. */
export function cancelBody(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
}
