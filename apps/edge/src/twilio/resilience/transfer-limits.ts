import { RecordingsError } from '@room-recordings/core';
import type { FetchFunction } from '../../http/types.ts';
import type { Sleep } from '@room-recordings/http-cache';
import { withTimeout } from '../../concurrency/timeout.ts';
import { BODY_IDLE_TIMEOUT_MS, HEADERS_TIMEOUT_MS, MAX_BODY_BYTES } from './policy.ts';

/** The error of a body that exceeds its maximum size. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** @see https://fetch.spec.whatwg.org/#null-body-status */
const NULL_BODY_STATUSES = new Set([204, 205, 304]);

/**
 * Wraps a `fetch` with the limits of `policy.ts`: a headers timeout, an idle timeout of the body, and a maximum size of the decoded
 * body. A request that exceeds a limit is cancelled, so that its connection is closed. Small chunks of the body are joined, because
 * a consumer of the whole body keeps every chunk until the end.
 *
 * @param maxBodyBytes the maximum size of a decoded body.
 * @throws {RecordingsError} `timeout`: no headers in time. The stream of the body fails with the same code, or with
 * `BodyTooLargeError`.
 * @throws {RecordingsError} `invalid_response`: the status is not an HTTP status. The fetch of every runtime returns 600 and 999
 * unchanged, and some return 101 and 99.
 */
export function withTransferLimits(
  fetch: FetchFunction,
  sleep: Sleep,
  maxBodyBytes: number = MAX_BODY_BYTES,
): FetchFunction {
  return async (url, init) => {
    const controller = new AbortController();
    let abort = () => controller.abort();
    init.signal?.addEventListener('abort', () => abort(), { once: true });
    if (init.signal?.aborted === true) abort();
    const pending = fetch(url, { ...init, signal: controller.signal });
    const response = await withLimit(
      pending,
      HEADERS_TIMEOUT_MS,
      sleep,
      'No response headers arrived',
      () => {
        controller.abort();
        pending.then(({ body }) => body?.cancel()).catch(() => undefined);
      },
    );
    const { status, headers, body } = response;
    // The fetch of a browser returns the status 0 for a redirect that is not followed.
    if (status === 0) return response;
    const canHaveBody = status >= 200 && status <= 599 && !NULL_BODY_STATUSES.has(status);
    if (canHaveBody) {
      if (body === null) return response;
      const reader = body.getReader();
      abort = () => {
        // Deno ignores the signal once the body has started. The cancellation is not awaited, because it may take long.
        reader.cancel().catch(() => undefined);
        controller.abort();
      };
      return new Response(limitBody(reader, { sleep, abort, signal: controller.signal, maxBodyBytes }), {
        status,
        headers,
      });
    }
    // The cancellation is not awaited, because it may take long.
    body?.cancel().catch(() => undefined);
    controller.abort();
    if (NULL_BODY_STATUSES.has(status)) return new Response(null, { status, headers });
    throw new RecordingsError('invalid_response', 'The status of the response is not an HTTP status.', {
      status,
    });
  };
}

interface BodyLimits {
  readonly sleep: Sleep;
  readonly abort: () => void;
  readonly signal: AbortSignal;
  readonly maxBodyBytes: number;
}

function limitBody(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  { sleep, abort, signal, maxBodyBytes }: BodyLimits,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
      const joiner = new ChunkJoiner(controller);
      for (;;) {
        const next = reader.read();
        const { done, value } = await withLimit(
          next,
          BODY_IDLE_TIMEOUT_MS,
          sleep,
          'No data of the body arrived',
          abort,
        );
        if (done) {
          // The read of a cancelled reader ends like the read of a complete body.
          signal.throwIfAborted();
          joiner.flush();
          controller.close();
          return;
        }
        bytes += value.byteLength;
        if (bytes > maxBodyBytes) {
          abort();
          throw new BodyTooLargeError(`The body is longer than ${maxBodyBytes} bytes.`);
        }
        if (!joiner.append(value)) return;
      }
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  // Without a high-water mark of 0 the stream reads one chunk ahead of its consumer.
  return new ReadableStream<Uint8Array<ArrayBuffer>>(source, { highWaterMark: 0 });
}

/** @throws {RecordingsError} `timeout`: the work took longer than `ms` milliseconds. `cancel` has been called before. */
async function withLimit<T extends object>(
  work: Promise<T>,
  ms: number,
  sleep: Sleep,
  what: string,
  cancel: () => void,
): Promise<T> {
  const result = await withTimeout(work, ms, sleep);
  if (result !== undefined) return result;
  cancel();
  throw new RecordingsError('timeout', `${what} within ${ms} ms.`);
}

/** Bytes: the body of a recording fits into one chunk. */
const CHUNK_BYTES = 16_384;

/**
 * Joins the chunks of a body into larger chunks that own their bytes. Deno returns each chunk as a view of a buffer of 64 KiB, so
 * 30,000 chunks of one byte kept 1.5 GB until the body had ended. A copy of each chunk would still cost about 200 bytes.
 */
class ChunkJoiner {
  readonly #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly #bytes = new Uint8Array(CHUNK_BYTES);
  #length = 0;

  constructor(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
    this.#controller = controller;
  }

  /** Appends a chunk. If it does not fit, the joined bytes and the chunk are enqueued, and the result is false. */
  append(chunk: Uint8Array<ArrayBuffer>): boolean {
    if (chunk.byteLength > CHUNK_BYTES - this.#length) {
      this.flush();
      // A chunk that fills its buffer keeps little else alive, and needs no copy.
      this.#controller.enqueue(chunk.byteLength * 2 < chunk.buffer.byteLength ? chunk.slice() : chunk);
      return false;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.byteLength;
    return true;
  }

  /** Enqueues the joined bytes. */
  flush(): void {
    if (this.#length > 0) this.#controller.enqueue(this.#bytes.slice(0, this.#length));
  }
}
