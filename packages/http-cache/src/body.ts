import { getHeader, omitHeaders, type HeaderList } from './headers.ts';
import { parseFieldNames } from './policy/cache-control.ts';

/** Statuses of responses without a body. */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/** The part of a body that was buffered. */
interface BufferedBody {
  /** The buffered bytes; null for a status without a body, undefined if nothing was read. */
  readonly bytes: Uint8Array<ArrayBuffer> | null | undefined;
  /** A stream of the whole body, if it was not read to its end. */
  readonly stream?: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The headers and the body of a response, which agree with each other. */
export interface ReceivedBody {
  readonly headers: HeaderList;
  readonly body: Uint8Array<ArrayBuffer> | null | ReadableStream<Uint8Array<ArrayBuffer>>;
  /** The whole body, if it was read, has no content coding and has the length in Content-Length; otherwise undefined. */
  readonly storableBody: Uint8Array<ArrayBuffer> | null | undefined;
}

/**
 * Receives the body of a response and corrects its headers. Content-Encoding and Content-Length are removed if the body is known to be
 * decoded. Content-Length is removed if code outside `fetch` has changed the length of the body.
 *
 * @param headers the headers of the response that are forwarded.
 * @param maxBytes the largest body to buffer, bytes; 0 if it is not stored. The first bytes of an encoded body are always read.
 * @throws {TypeError} if the length of a body from `fetch` differs from its Content-Length (RFC 9111 §3.3).
 * @throws the error of the stream.
 */
export async function receiveBody(
  response: Response,
  headers: HeaderList,
  maxBytes: number,
): Promise<ReceivedBody> {
  const encoding = getHeader(headers, 'content-encoding') ?? '';
  const isFetched = response.url !== '';
  const bufferBytes = Math.max(maxBytes, requiredSampleBytes(encoding, isFetched));
  const { bytes, stream } = await bufferBody(response, bufferBytes);
  const body = stream ?? bytes ?? null;
  const storableBody = stream === undefined ? bytes : undefined;
  const length = getHeader(headers, 'content-length');
  const hasLength =
    length !== undefined && storableBody ? Number(length) === storableBody.byteLength : undefined;
  if (isEncoded(encoding)) {
    const sample = bytes === null ? new Uint8Array() : bytes;
    const isPart = response.status === 206;
    if (isDecoded(encoding, { sample, isFetched, hasLength, isPart }))
      return { headers: omitHeaders(headers, ['content-encoding', 'content-length']), body, storableBody };
  } else if (hasLength !== false) {
    return { headers, body, storableBody };
  } else if (isFetched) {
    throw new TypeError('The length of the body differs from its Content-Length.');
  }
  const corrected = hasLength === false ? omitHeaders(headers, ['content-length']) : headers;
  return { headers: corrected, body, storableBody: undefined };
}

async function bufferBody(response: Response, maxBytes: number): Promise<BufferedBody> {
  if (NULL_BODY_STATUSES.has(response.status)) return { bytes: null };
  if (response.body === null) return { bytes: new Uint8Array() };
  if (maxBytes === 0) return { bytes: undefined, stream: response.body };
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = response.body.getReader();
  // Each chunk is copied on arrival, because it may be a view of a much larger buffer: of 64 KiB on Deno.
  let buffer = new Uint8Array();
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { bytes: buffer.slice(0, length) };
    const needed = length + value.byteLength;
    if (needed > buffer.byteLength) {
      const larger = new Uint8Array(Math.max(needed, Math.min(2 * needed, maxBytes)));
      larger.set(buffer.subarray(0, length));
      buffer = larger;
    }
    buffer.set(value, length);
    length = needed;
    if (length > maxBytes) {
      const bytes = buffer.subarray(0, length);
      return { bytes, stream: prepend(bytes, reader) };
    }
  }
}

/** Returns a stream of bytes that were already read, followed by those of a reader. */
function prepend(
  bytes: Uint8Array<ArrayBuffer>,
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start: (controller) => controller.enqueue(bytes),
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

/** Cancels a body that is not used. An error is ignored: the body of a broken connection rejects, and needs no cancellation. */
export function cancelBody(body: unknown): void {
  if (body instanceof ReadableStream) body.cancel().catch(() => undefined);
}

/** Number of bytes that are enough to recognize text. */
const TEXT_SAMPLE_BYTES = 64;

/** Length of the longest magic number, bytes. */
const MAGIC_NUMBER_BYTES = 4;

/** Content codings whose streams start with a magic number. */
const CODINGS_WITH_MAGIC_NUMBER = new Set(['gzip', 'x-gzip', 'zstd']);

/** Content codings that the `fetch` of some runtime decodes. */
const DECODABLE_CODINGS = new Set([...CODINGS_WITH_MAGIC_NUMBER, 'deflate', 'br']);

/** The global object, with the member that only workerd has. */
const runtime: typeof globalThis & {
  readonly Cloudflare?: { readonly compatibilityFlags?: Readonly<Record<string, boolean>> };
} = globalThis;

/** Evidence of whether a body is decoded, besides its Content-Encoding. */
interface BodyEvidence {
  /** Its first bytes, as many as `requiredSampleBytes` returns unless the body is shorter; undefined if none were read. */
  readonly sample: Uint8Array | undefined;
  /** Whether the response comes from `fetch` unchanged: a response constructed by other code has no URL. */
  readonly isFetched: boolean;
  /** Whether its length is that in Content-Length; undefined without that header, or if the body was not read to its end. */
  readonly hasLength: boolean | undefined;
  /** Whether it is a part of a representation. A part may start at any byte. */
  readonly isPart: boolean;
}

/** Returns whether Content-Encoding names a coding that some `fetch` decodes. No other coding is ever removed. */
function isEncoded(contentEncoding: string): boolean {
  return parseCodings(contentEncoding).some((coding) => DECODABLE_CODINGS.has(coding));
}

/** Returns how many bytes of an unbuffered body `isDecoded` needs; 0 if the bytes are irrelevant. */
function requiredSampleBytes(contentEncoding: string, isFetched: boolean): number {
  if (!isEncoded(contentEncoding) || (isFetched && isDecodedByRuntime(contentEncoding))) return 0;
  const [coding = '', inner] = parseCodings(contentEncoding);
  // The sample is as short as possible, because an event stream may deliver its first 64 bytes late.
  return inner === undefined && CODINGS_WITH_MAGIC_NUMBER.has(coding)
    ? MAGIC_NUMBER_BYTES
    : TEXT_SAMPLE_BYTES;
}

/**
 * Returns whether a body is known to be without the codings in its Content-Encoding.
 *
 * The evidence counts in this order:
 *
 * 1. UTF-8 text without control characters is decoded. Of 84,000 streams of all codings, levels and windows, only the empty brotli
 *    stream of one byte looked like such text.
 * 2. `fetch` rejects a body with another length than Content-Length, so another length means that `fetch` has decoded it.
 * 3. `fetch` has decoded the codings that `isDecodedByRuntime` knows. The bytes are then irrelevant: a gzip file may be sent in gzip.
 * 4. gzip and zstd streams start with magic numbers.
 *
 * Any other body counts as encoded: it keeps its Content-Encoding and is not stored.
 */
function isDecoded(contentEncoding: string, evidence: BodyEvidence): boolean {
  const { sample, isFetched, hasLength, isPart } = evidence;
  const codings = parseCodings(contentEncoding);
  const [coding = '', inner] = codings;
  if (!codings.every((name) => DECODABLE_CODINGS.has(name))) return false;
  if (sample !== undefined && (sample.byteLength === 0 || (sample.byteLength > 1 && isText(sample))))
    return true;
  // Deno decodes one of two layers, so another length does not prove that both are decoded.
  const hasOtherLength = hasLength === false && inner === undefined;
  if (isFetched && hasLength !== true && (hasOtherLength || isDecodedByRuntime(contentEncoding))) return true;
  // A part of an encoded body need not start with a magic number.
  if (sample === undefined || inner !== undefined || isPart) return false;
  if (coding === 'zstd') return !isZstd(sample);
  return CODINGS_WITH_MAGIC_NUMBER.has(coding) && !startsWith(sample, [0x1f, 0x8b]);
}

/**
 * Returns whether the `fetch` of this runtime is known to decode a Content-Encoding, which it leaves in the headers. Each `fetch`
 * evaluates the header as it was received. Over a socket:
 *
 * - Node 20 decodes gzip, x-gzip, deflate and br in upper and lower case, and lists of these alone. Node 24 also decodes zstd, but the
 *   user agent does not show that.
 * - Bun 1.4 decodes all five, also beside `identity` or an empty member, but no lists.
 * - Deno 2.9 decodes gzip and br in upper and lower case, and one layer of `gzip` in two lines.
 * - workerd (2026-11-17) decodes gzip and br in lower case; br from the compatibility date 2024-04-29, which a flag shows.
 */
function isDecodedByRuntime(contentEncoding: string): boolean {
  const userAgent = getUserAgent();
  const codings = parseCodings(contentEncoding);
  if (userAgent.startsWith('Bun')) return codings.length === 1;
  if (userAgent.startsWith('Node')) {
    return codings.length === contentEncoding.split(',').length && !codings.includes('zstd');
  }
  if (userAgent.startsWith('Deno')) return /^(?:gzip|br)$/i.test(contentEncoding);
  return (
    contentEncoding === 'gzip' ||
    (contentEncoding === 'br' && runtime.Cloudflare?.compatibilityFlags?.['brotli_content_encoding'] === true)
  );
}

/** Returns the user agent. Node 20 has no navigator, nor have Workers before the compatibility date 2022-03-21. */
function getUserAgent(): string {
  if ('navigator' in globalThis) return navigator.userAgent;
  return 'process' in globalThis && runtime.Cloudflare === undefined ? 'Node.js' : '';
}

/** Parses Content-Encoding. `identity` is not a coding (RFC 9110 §8.4, §12.5.3). */
function parseCodings(contentEncoding: string): string[] {
  return parseFieldNames(contentEncoding).filter((coding) => coding !== 'identity');
}

function isText(sample: Uint8Array): boolean {
  try {
    const start = sample.subarray(0, TEXT_SAMPLE_BYTES);
    // `stream` accepts a sample that ends inside a character.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return !/[^\P{Cc}\s]/u.test(text);
  } catch {
    return false;
  }
}

/** Returns whether bytes start with a zstd frame or a skippable frame (RFC 8878 §3.1). */
function isZstd(sample: Uint8Array): boolean {
  return startsWith(sample, [0x28, 0xb5, 0x2f, 0xfd]) || startsWith(sample.subarray(1), [0x2a, 0x4d, 0x18]);
}

function startsWith(bytes: Uint8Array, magicNumber: readonly number[]): boolean {
  return magicNumber.every((byte, index) => bytes[index] === byte);
}
