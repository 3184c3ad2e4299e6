import { parseFieldNames } from './directives.ts';

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
export function isDecoded(contentEncoding: string, evidence: BodyEvidence): boolean {
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
