import { splitNames } from './directives.ts';

/** Bytes of a body that show whether it is text. */
const TEXT_SAMPLE_BYTES = 64;

/** Bytes of the longest magic number. */
const MAGIC_BYTES = 4;

/** Codings whose streams begin with a magic number. */
const MARKED = new Set(['gzip', 'x-gzip', 'zstd']);

/** Codings that the `fetch` of some runtime decodes. */
const DECODABLE = new Set([...MARKED, 'deflate', 'br']);

/** Knowledge of a body besides its Content-Encoding. */
export interface BodyEvidence {
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
export function isCoded(contentEncoding: string): boolean {
  return readCodings(contentEncoding).some((coding) => DECODABLE.has(coding));
}

/** Returns how many bytes `isDecoded` needs of a body that is not read up; 0 if the bytes do not matter. */
export function countSampleBytes(contentEncoding: string, isFetched: boolean): number {
  const [coding = '', inner] = readCodings(contentEncoding);
  if (!isCoded(contentEncoding)) return 0;
  if (inner !== undefined) return TEXT_SAMPLE_BYTES;
  // No more than these: a stream of events may bring its first 64 bytes late.
  if (MARKED.has(coding)) return MAGIC_BYTES;
  return isFetched ? 0 : TEXT_SAMPLE_BYTES;
}

/**
 * Returns whether a body is known to be without the codings that Content-Encoding names.
 *
 * The field alone does not show this, because each `fetch` decodes other codings and leaves the field in place. Over a socket:
 *
 * - Node 20 decodes gzip, x-gzip, deflate and br in upper and lower case, and lists of these; Node 24 also zstd.
 * - Bun 1.4 decodes all five, but no lists.
 * - Deno 2.9 decodes gzip and br in upper and lower case, and one layer of `gzip` in two lines.
 * - workerd (2026-11-17) decodes gzip and br in lower case; br from the compatibility date 2024-04-29 on.
 *
 * The bytes decide first, then the length, and the list above last:
 *
 * - UTF-8 text without control characters is not coded. Of 84,000 streams of all codings, levels and windows, none but the empty
 *   brotli stream of one byte passed for such text.
 * - gzip and zstd streams begin with magic numbers.
 * - `fetch` fails if a body's length is not that of Content-Length, so another length means that `fetch` has decoded.
 */
export function isDecoded(contentEncoding: string, evidence: BodyEvidence): boolean {
  const { sample, isFetched, isAsLong, isPart } = evidence;
  const codings = readCodings(contentEncoding);
  const [coding = '', inner] = codings;
  if (!codings.every((name) => DECODABLE.has(name))) return false;
  if (sample !== undefined) {
    if (sample.byteLength === 0 || (sample.byteLength > 1 && isText(sample))) return true;
    // Deno decodes one of two layers, and a part of a coded body need not begin with a magic number.
    if (inner !== undefined || isPart) return false;
    if (coding === 'zstd') return !isZstd(sample);
    if (MARKED.has(coding)) return !startsWith(sample, [0x1f, 0x8b]);
  }
  return isFetched && (isAsLong === undefined ? isDecodedHere(contentEncoding, coding) : !isAsLong);
}

/** Whether the `fetch` of this runtime decodes br or deflate: every one but those named. */
function isDecodedHere(contentEncoding: string, coding: string): boolean {
  // Node 20 has no navigator.
  const userAgent = 'navigator' in globalThis ? navigator.userAgent : '';
  return coding === 'br'
    ? contentEncoding === coding || !/Cloudflare/.test(userAgent)
    : !/Cloudflare|Deno/.test(userAgent);
}

/** `identity` is not a coding (RFC 9110 §8.4, §12.5.3). */
function readCodings(contentEncoding: string): string[] {
  return splitNames(contentEncoding).filter((coding) => coding !== 'identity');
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
