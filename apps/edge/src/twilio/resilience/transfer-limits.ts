import { RecordingsError } from '@room-recordings/core';
import type { FetchFunction } from '../../http/types.ts';
import type { Sleep } from '@room-recordings/http-cache';
import { withTimeout } from '../../concurrency/timeout.ts';
import { BODY_IDLE_TIMEOUT_MS, HEADERS_TIMEOUT_MS, MAX_BODY_BYTES } from './policy.ts';

/** A body that goes on past the limit. */
export class BodyTooLargeError extends Error {
  override readonly name = 'BodyTooLargeError';
}

/** Statuses whose Response can have no body: what comes as one is not looked at. */
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Puts the limits of a transfer around a `fetch`: headers within 5 s, then no pause of more than 3 s in the body, and no more
 * than 1 MiB of it, decoded. What is given up is cancelled, so that no connection stays behind. The body's small chunks are
 * joined, because a reader of all of it keeps each one until the end.
 *
 * @throws {RecordingsError} `timeout`; the body's stream fails with that, or with `TooLarge`. `invalid_response` for a
 * status that is none: every runtime's fetch gives out 600 and 999 as they came, and some give out 101 and 99.
 */
export function withTransferLimits(fetch: FetchFunction, sleep: Sleep): FetchFunction {
  return async (url, init) => {
    const leaving = new AbortController();
    let leave = () => leaving.abort();
    init.signal?.addEventListener('abort', () => leave(), { once: true });
    if (init.signal?.aborted === true) leave();
    const arriving = fetch(url, { ...init, signal: leaving.signal });
    const response = await orTimeout(arriving, HEADERS_TIMEOUT_MS, sleep, 'No headers came', () => {
      leaving.abort();
      arriving.then(({ body }) => body?.cancel()).catch(() => undefined);
    });
    const { status, headers, body } = response;
    // A browser's fetch gives a redirect that is not followed the status 0.
    if (status === 0) return response;
    const canHaveBody = status >= 200 && status <= 599 && !WITHOUT_BODY.has(status);
    if (canHaveBody) {
      if (body === null) return response;
      const reader = body.getReader();
      leave = () => {
        // By hand, since Deno forgets a signal in the middle of a body; not waited for: the rest may be long in coming.
        reader.cancel().catch(() => undefined);
        leaving.abort();
      };
      return new Response(limitBody(reader, sleep, leave, leaving.signal), { status, headers });
    }
    // Not waited for: the rest may be long in coming.
    body?.cancel().catch(() => undefined);
    leaving.abort();
    if (WITHOUT_BODY.has(status)) return new Response(null, { status, headers });
    throw new RecordingsError('invalid_response', 'The status is none of HTTP.', { status });
  };
}

function limitBody(
  reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>,
  sleep: Sleep,
  leave: () => void,
  left: AbortSignal,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let bytes = 0;
  const source = {
    async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
      const piece = new ChunkJoiner(controller);
      for (;;) {
        const { done, value } = await orTimeout(
          reader.read(),
          BODY_IDLE_TIMEOUT_MS,
          sleep,
          'The body stalled',
          leave,
        );
        if (done) {
          // A reader that is cancelled ends as if all had come.
          left.throwIfAborted();
          piece.end();
          controller.close();
          return;
        }
        bytes += value.byteLength;
        if (bytes > MAX_BODY_BYTES) {
          leave();
          throw new BodyTooLargeError(`The body is longer than ${MAX_BODY_BYTES} bytes.`);
        }
        if (!piece.append(value)) return;
      }
    },
    cancel: (reason: unknown) => reader.cancel(reason),
  };
  // Nothing is read ahead of whoever wants it.
  return new ReadableStream<Uint8Array<ArrayBuffer>>(source, { highWaterMark: 0 });
}

/** @throws {RecordingsError} `timeout`, after `giveUp` has run. */
async function orTimeout<T extends object>(
  work: Promise<T>,
  ms: number,
  sleep: Sleep,
  what: string,
  giveUp: () => void,
): Promise<T> {
  const result = await withTimeout(work, ms, sleep);
  if (result !== undefined) return result;
  giveUp();
  throw new RecordingsError('timeout', `${what} for ${ms} ms.`);
}

/** Bytes: a recording's answer fits into one piece. */
const PIECE_BYTES = 16_384;

/**
 * Joins the chunks of a body into pieces that own their bytes. Deno hands out each chunk as a view of a buffer of 64 KiB, so
 * 30,000 chunks of one byte kept 1.5 GB until the body had ended, and a copy of each one would still cost some 200 bytes.
 */
class ChunkJoiner {
  readonly #controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  readonly #bytes = new Uint8Array(PIECE_BYTES);
  #length = 0;

  constructor(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>) {
    this.#controller = controller;
  }

  /** Appends a chunk; returns false if it had no room, and the piece and the chunk were enqueued instead. */
  append(chunk: Uint8Array<ArrayBuffer>): boolean {
    if (chunk.byteLength > PIECE_BYTES - this.#length) {
      this.end();
      // A chunk of a body that came in one go may stay what it is.
      this.#controller.enqueue(chunk.byteLength * 2 < chunk.buffer.byteLength ? chunk.slice() : chunk);
      return false;
    }
    this.#bytes.set(chunk, this.#length);
    this.#length += chunk.byteLength;
    return true;
  }

  /** Enqueues the bytes taken so far. */
  end(): void {
    if (this.#length > 0) this.#controller.enqueue(this.#bytes.slice(0, this.#length));
  }
}
