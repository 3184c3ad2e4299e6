import { getHeader, omitHeaders, type HeaderList } from './headers.ts';
import { parseFieldNames } from './policy/cache-control.ts';

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

/** Bytes of a body that show whether it is text. */
const TEXT_SAMPLE_BYTES = 64;

/** Bytes of the longest magic number. */
const MAGIC_BYTES = 4;

/** Codings whose streams begin with a magic number. */
const MARKED = new Set(['gzip', 'x-gzip', 'zstd']);

/** Codings that the `fetch` of some runtime decodes. */
const DECODABLE = new Set([...MARKED, 'deflate', 'br']);

/** The global scope with what only workerd has in it. */
const runtime: typeof globalThis & {
  readonly Cloudflare?: { readonly compatibilityFlags?: Readonly<Record<string, boolean>> };
} = globalThis;

/** Knowledge of a body besides its Content-Encoding. */
interface BodyEvidence {
  /** Its first bytes, as many as `countSampleBytes` returns, unless the body is shorter; undefined if none were read. */
  readonly sample: Uint8Array | undefined;
  /** Whether the response came from `fetch` as it is: a response made in other code has no URL. */
  readonly isFetched: boolean;
  /** Whether its length is that of Content-Length; undefined without that field, or if not all of the body was read. */
  readonly isAsLong: boolean | undefined;
  /** Whether it is a part of a representation, which may begin anywhere. */
  readonly isPart: boolean;
}

/** Returns whether Content-Encoding names a coding that some `fetch` decodes: no other one is ever taken off a body. */
function isCoded(contentEncoding: string): boolean {
  return readCodings(contentEncoding).some((coding) => DECODABLE.has(coding));
}

/** Returns how many bytes `isDecoded` needs of a body that is not read up; 0 if the bytes do not matter. */
function countSampleBytes(contentEncoding: string, isFetched: boolean): number {
  if (!isCoded(contentEncoding) || (isFetched && isDecodedHere(contentEncoding))) return 0;
  const [coding = '', inner] = readCodings(contentEncoding);
  // No more than these: a stream of events may bring its first 64 bytes late.
  return inner === undefined && MARKED.has(coding) ? MAGIC_BYTES : TEXT_SAMPLE_BYTES;
}

/**
 * Returns whether a body is known to be without the codings that Content-Encoding names.
 *
 * The evidence counts in this order:
 *
 * 1. UTF-8 text without control characters is not coded. Of 84,000 streams of all codings, levels and windows, none but the empty
 *    brotli stream of one byte passed for such text.
 * 2. `fetch` fails if a body's length is not that of Content-Length, so another length means that `fetch` has decoded.
 * 3. `fetch` has decoded a field that `isDecodedHere` knows. The bytes do not count then: a file in gzip may have been sent in gzip.
 * 4. gzip and zstd streams begin with magic numbers.
 *
 * Any other body counts as coded: it keeps its field, and it is not stored.
 */
function isDecoded(contentEncoding: string, evidence: BodyEvidence): boolean {
  const { sample, isFetched, isAsLong, isPart } = evidence;
  const codings = readCodings(contentEncoding);
  const [coding = '', inner] = codings;
  if (!codings.every((name) => DECODABLE.has(name))) return false;
  if (sample !== undefined && (sample.byteLength === 0 || (sample.byteLength > 1 && isText(sample))))
    return true;
  // Deno decodes one of two layers, so another length shows nothing of two.
  const isOtherLength = isAsLong === false && inner === undefined;
  if (isFetched && isAsLong !== true && (isOtherLength || isDecodedHere(contentEncoding))) return true;
  // A part of a coded body need not begin with a magic number.
  if (sample === undefined || inner !== undefined || isPart) return false;
  if (coding === 'zstd') return !isZstd(sample);
  return MARKED.has(coding) && !startsWith(sample, [0x1f, 0x8b]);
}

/**
 * Returns whether the `fetch` of this runtime is known to decode a Content-Encoding, which it leaves in place. Each `fetch` judges
 * the field as it came. Over a socket:
 *
 * - Node 20 decodes gzip, x-gzip, deflate and br in upper and lower case, and lists of these alone; Node 24 also zstd, which the
 *   user agent does not show.
 * - Bun 1.4 decodes all five, also beside `identity` or an empty member, but no lists.
 * - Deno 2.9 decodes gzip and br in upper and lower case, and one layer of `gzip` in two lines.
 * - workerd (2026-11-17) decodes gzip and br in lower case; br from the compatibility date 2024-04-29 on, which a flag shows.
 */
function isDecodedHere(contentEncoding: string): boolean {
  const userAgent = readUserAgent();
  const codings = readCodings(contentEncoding);
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

/** Node 20 has no navigator, nor have Workers before the compatibility date 2022-03-21. */
function readUserAgent(): string {
  if ('navigator' in globalThis) return navigator.userAgent;
  return 'process' in globalThis && runtime.Cloudflare === undefined ? 'Node.js' : '';
}

/** `identity` is not a coding (RFC 9110 §8.4, §12.5.3). */
function readCodings(contentEncoding: string): string[] {
  return parseFieldNames(contentEncoding).filter((coding) => coding !== 'identity');
}

function isText(sample: Uint8Array): boolean {
  try {
    const start = sample.subarray(0, TEXT_SAMPLE_BYTES);
    // `stream`: a character may be cut at the end of the sample.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(start, { stream: true });
    return !/[^\P{Cc}\s]/u.test(text);
  } catch {
    return false;
  }
}

/** A zstd frame or a skippable one (RFC 8878 §3.1). */
function isZstd(sample: Uint8Array): boolean {
  return startsWith(sample, [0x28, 0xb5, 0x2f, 0xfd]) || startsWith(sample.subarray(1), [0x2a, 0x4d, 0x18]);
}

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}
