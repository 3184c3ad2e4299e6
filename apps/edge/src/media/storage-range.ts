import { parseRetryAfter } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { createExactStream } from '../concurrency/exact-stream.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import type { FetchFunction } from '../http/types.ts';
import { HEADERS_TIMEOUT_MS, STORAGE_IDLE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';
import { MediaError, type ByteRange, type StoredRange } from './media-source.ts';

/** The options of one read of the storage. */
interface StorageReadOptions {
  readonly fetch: FetchFunction;
  readonly sleep: Sleep;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock for durations. */
  readonly monotonic: () => number;
  readonly signal: AbortSignal;
  readonly ifMatch: string | undefined;
  /** See `MediaReadOptions`. */
  readonly reusesMemory?: boolean | undefined;
}

/**
 * Cloudflare caches files with the extension of a video, and reads the whole file for a range. A negative time prevents that. The option
 * `cache` would add two headers, and other runtimes ignore `cf`.
 *
 * @see https://developers.cloudflare.com/workers/runtime-apis/request/#the-cf-property-requestinitcfproperties
 */
interface StorageRequestInit extends RequestInit {
  readonly cf: { readonly cacheTtl: number };
}

/**
 * Requests a range of a file from the storage. `Range` is the only header: the storage rejects a second way to authorize, and gets nothing
 * of the client. `If-Range` is not sent, because `fetch` would add `Pragma` and `Cache-Control`, and the ETag of the response is compared.
 *
 * @param url a signed URL, which is secret. A presigned GET does not sign HEAD, so the size comes from Content-Range.
 * @returns `'forbidden'` if the storage rejects the URL, which may have expired.
 * @throws {MediaError} in every other case.
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-14
 */
export async function fetchStorageRange(
  url: string,
  range: ByteRange,
  { fetch, sleep, now, monotonic, signal, ifMatch, reusesMemory }: StorageReadOptions,
): Promise<StoredRange | 'forbidden'> {
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', abort);
  if (signal.aborted) abort();
  let response: Response | undefined;
  try {
    const init: StorageRequestInit = {
      headers: { range: `bytes=${range.start}-${range.end - 1}` },
      redirect: 'manual',
      signal: controller.signal,
      cf: { cacheTtl: -1 },
    };
    const pending = fetch(url, init);
    response = await withTimeout(pending, HEADERS_TIMEOUT_MS, sleep);
    // A response that arrives after the timeout has a connection to close.
    if (response === undefined) pending.then(({ body }) => body?.cancel()).catch(() => undefined);
  } catch (cause) {
    throw new MediaError('failed', { cause });
  } finally {
    signal.removeEventListener('abort', abort);
    if (response === undefined) controller.abort();
  }
  if (response === undefined) throw new MediaError('failed', { code: 'upstream_timeout' });
  const result = checkResponse(response, range, ifMatch, now());
  const { body } = response;
  if (result instanceof MediaError || result === 'forbidden' || body === null) {
    // The cancellation is not awaited, because it may take long.
    body?.cancel().catch(() => undefined);
    controller.abort();
    if (result === 'forbidden') return result;
    throw result instanceof MediaError ? result : new MediaError('failed', { code: 'upstream_invalid' });
  }
  const stream = createExactStream(body, {
    length: Math.min(range.end, result.size) - range.start,
    idleTimeoutMs: STORAGE_IDLE_TIMEOUT_MS,
    now: monotonic,
    sleep,
    signal,
    reusesMemory,
    // Deno ignores the signal once the body has started, and Node keeps the connection without it.
    onCancel: () => controller.abort(),
  });
  return { ...result, body: stream };
}

/** Checks the status and the headers of a response of the storage. Its texts are not repeated. */
function checkResponse(
  { status, headers }: Response,
  range: ByteRange,
  ifMatch: string | undefined,
  now: number,
): Omit<StoredRange, 'body'> | MediaError | 'forbidden' {
  if (status === 403) return 'forbidden';
  if (status !== 200 && status !== 206) return toMediaError(status, headers, now);
  const etag = parseEtag(headers.get('etag'));
  if (ifMatch !== undefined && etag !== ifMatch) return new MediaError('changed');
  const size = status === 206 ? parsePartialSize(headers, range) : parseWholeSize(headers, range);
  // A decoded body has other bytes than the range. `fetch` requests no coding for a range, so this is an error of the storage.
  const isCoded =
    headers.get('content-encoding')?.toLowerCase() !== 'identity' && headers.has('content-encoding');
  if (size === undefined || isCoded) return new MediaError('failed', { code: 'upstream_invalid' });
  if (size === 0) return new MediaError('empty');
  return { size, etag, encrypted: headers.has('x-amz-meta-x-amz-key') };
}

function toMediaError(status: number, headers: Headers, now: number): MediaError {
  if (status === 404 || status === 410) return new MediaError('missing');
  if (status === 412) return new MediaError('changed');
  if (status === 416)
    return new MediaError(headers.get('content-range') === 'bytes */0' ? 'empty' : 'changed');
  // The fetch of a browser replaces the status of a redirect by 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    return new MediaError('failed', { code: 'upstream_redirect' });
  }
  if (status === 429 || status === 503) {
    const retryAfter = parseRetryAfter(headers.get('retry-after'), now);
    return new MediaError('failed', { code: 'upstream_unavailable', retryAfter });
  }
  return new MediaError('failed', { code: status < 500 ? 'upstream_invalid' : 'upstream_error' });
}

/** @returns the size in the Content-Range of the requested range; undefined if the response has another range. */
function parsePartialSize(headers: Headers, { start, end }: ByteRange): number | undefined {
  const match = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(headers.get('content-range') ?? '');
  if (match === null) return undefined;
  const [first = -1, last = -1, size = -1] = match.slice(1).map(Number);
  return first === start && last === Math.min(end, size) - 1 && last >= first ? size : undefined;
}

/** @returns the size of a response that ignored the range; undefined if the range begins later, because the bytes before it would be read. */
function parseWholeSize(headers: Headers, { start }: ByteRange): number | undefined {
  const length = headers.get('content-length') ?? '';
  return start === 0 && /^\d{1,15}$/.test(length) ? Number(length) : undefined;
}

/** @returns null if the header is absent or is not an ETag. */
function parseEtag(etag: string | null): string | null {
  return etag !== null && /^(?:W\/)?"[\x21\x23-\x7e]*"$/.test(etag) ? etag : null;
}
