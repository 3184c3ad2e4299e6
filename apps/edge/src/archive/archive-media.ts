import { RecordingsError } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { createExactStream } from '../concurrency/exact-stream.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { HEADERS_TIMEOUT_MS, STORAGE_IDLE_TIMEOUT_MS } from '../twilio/resilience/policy.ts';
import type { ByteRange, OpenStoredRange } from '../media/media-source.ts';

/** An object without its bytes, as R2 describes it. */
interface R2Head {
  readonly size: number;
  /** The ETag with its quotation marks. */
  readonly httpEtag: string;
  readonly customMetadata?: Readonly<Record<string, string>>;
}

/** An object as R2 returns it. It has no body if its ETag is not the expected one. */
interface R2Object extends R2Head {
  readonly body?: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/** The part of Cloudflare's R2 binding that the edge uses. */
export interface R2Binding {
  get(
    key: string,
    options: {
      readonly range: { readonly offset: number; readonly length: number };
      readonly onlyIf?: { readonly etagMatches: string };
    },
  ): Promise<R2Object | null>;
  head(key: string): Promise<R2Head | null>;
}

/** Checks if a binding is a bucket, because a variable may have the same name. */
export function isR2Binding(binding: unknown): binding is R2Binding {
  return (
    typeof binding === 'object' &&
    binding !== null &&
    'get' in binding &&
    typeof binding.get === 'function' &&
    'head' in binding &&
    typeof binding.head === 'function'
  );
}

/**
 * Opens the media of an archive in an R2 bucket. The key of an object is `{RoomSid}/{Sid}`.
 *
 * @param services the clock for durations, milliseconds, and a timer.
 * @see https://developers.cloudflare.com/r2/api/workers/workers-api-reference/
 */
export function openR2Media(
  bucket: R2Binding,
  services: { readonly now: () => number; readonly sleep: Sleep },
): OpenStoredRange {
  return async ({ roomSid, sid }, range, { signal, ifMatch, reusesMemory }) => {
    const key = `${roomSid}/${sid}`;
    const { start, end } = range;
    const onlyIf = ifMatch === undefined ? {} : { onlyIf: { etagMatches: toR2Etag(ifMatch) } };
    let object: R2Object | null;
    try {
      const pending = bucket.get(key, { range: { offset: start, length: end - start }, ...onlyIf });
      const found = await withTimeout(
        pending.then((value) => ({ value })),
        HEADERS_TIMEOUT_MS,
        services.sleep,
      );
      if (found === undefined) {
        pending.then((late) => late?.body?.cancel()).catch(() => undefined);
        throw new RecordingsError('timeout', 'The bucket did not respond in time.');
      }
      object = found.value;
    } catch (error) {
      if (error instanceof RecordingsError) throw error;
      return explainRangeError(bucket, key, range, error);
    }
    if (object === null) return 'missing';
    const { body, size, httpEtag, customMetadata } = object;
    if (body === undefined) return 'changed';
    return {
      body: createExactStream(body, {
        length: Math.min(end, size) - start,
        idleTimeoutMs: STORAGE_IDLE_TIMEOUT_MS,
        ...services,
        signal,
        reusesMemory,
      }),
      size,
      etag: httpEtag,
      // The metadata of an encrypted object of Twilio, which a copy from S3 keeps.
      encrypted: customMetadata?.['x-amz-key'] !== undefined,
    };
  };
}

/** Removes the quotation marks: R2 compares the value between them. */
function toR2Etag(etag: string): string {
  return etag.replace(/^"(.*)"$/, '$1');
}

/** R2 throws for a range that begins at the end of an object or after it, and so for each range of an empty object. */
async function explainRangeError(
  bucket: R2Binding,
  key: string,
  { start }: ByteRange,
  error: unknown,
): ReturnType<OpenStoredRange> {
  const head = await bucket.head(key);
  if (head === null) return 'missing';
  if (head.size === 0) return 'empty';
  if (start >= head.size) return 'changed';
  throw error;
}
