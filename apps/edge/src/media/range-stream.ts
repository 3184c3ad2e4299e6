import type { RangePlan } from '@room-recordings/matroska';
import type { StoredRange } from './media-source.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The services of one range stream. */
export interface RangeStreamOptions {
  readonly plan: RangePlan;
  /** The stored bytes of the plan's source; null if the plan needs none. */
  readonly stored: StoredRange | null;
  /**
   * Opens the stored bytes again from an offset on, after a read has failed. It rejects if the file is another one.
   * Undefined if the storage does not identify its files.
   */
  readonly reopen: ((start: number) => Promise<StoredRange>) | undefined;
  /** Called after each read of the storage. */
  readonly onRead: () => void;
  /** Called once: at the end without an error, after a failure with it, and with undefined if the consumer cancels the stream. */
  readonly onEnd: (error?: unknown) => void;
}

/** The error of a storage that sent fewer bytes than it announced. */
class ShortReadError extends Error {
  override readonly name = 'ShortReadError';
}

/**
 * Creates the stream of a range: the bytes of the plan, made from stored bytes that are read one chunk at a time and only when
 * the consumer pulls. A failed read is resumed once. After a second failure the stream fails, so that the consumer cannot
 * take a part of the range for the whole.
 */
export function createRangeStream(options: RangeStreamOptions): ReadableStream<Bytes> {
  const { plan, stored, reopen, onRead, onEnd } = options;
  const source = plan.source;
  let reader = stored === null ? undefined : createChunkReader(stored.body);
  let received = 0;
  let hasResumed = false;
  let hasEnded = false;
  let prefix: Bytes | undefined = plan.prefix;
  /** The bytes that the plan makes of the last chunk, one piece for each pull: an hour of silence is not made at once. */
  let pieces: Iterator<Bytes> = [][Symbol.iterator]();
  /** Whether the pieces are those of the plan's end. */
  let isComplete = false;

  function end(error?: unknown): void {
    if (hasEnded) return;
    hasEnded = true;
    if (reader !== undefined) cancelQuietly(reader, error);
    onEnd(error);
  }

  /** Reads the next chunk of the source; undefined at its end. */
  async function readChunk(): Promise<Bytes | undefined> {
    const length = source === null ? 0 : source.end - source.start;
    for (;;) {
      if (source === null || reader === undefined || received === length) return undefined;
      try {
        const chunk = await reader.read();
        if (chunk === undefined) throw new ShortReadError('The storage ended before the range.');
        onRead();
        const needed = chunk.subarray(0, length - received);
        received += needed.byteLength;
        return needed;
      } catch (error) {
        // The read of a cancelled reader ends like the read of a complete body.
        if (hasEnded || hasResumed || reopen === undefined) throw error;
        hasResumed = true;
        cancelQuietly(reader, error);
        reader = createChunkReader((await reopen(source.start + received)).body);
        if (hasEnded) cancelQuietly(reader);
      }
    }
  }

  return new ReadableStream<Bytes>(
    {
      async pull(controller) {
        if (prefix !== undefined && prefix.byteLength > 0) {
          controller.enqueue(prefix);
          prefix = undefined;
          return;
        }
        try {
          for (;;) {
            const piece = pieces.next();
            if (piece.done !== true) {
              if (piece.value.byteLength === 0) continue;
              controller.enqueue(piece.value);
              return;
            }
            if (isComplete) {
              controller.close();
              end();
              return;
            }
            const chunk = await readChunk();
            if (hasEnded) return;
            isComplete = chunk === undefined;
            pieces = (chunk === undefined ? plan.finish() : plan.push(chunk))[Symbol.iterator]();
          }
        } catch (error) {
          // The controller of a cancelled stream ignores it.
          controller.error(error);
          end(error);
        }
      },
      cancel: () => end(),
    },
    // Without it the stream would read one chunk ahead of its consumer.
    { highWaterMark: 0 },
  );
}

/** Reads the chunks of a stream. */
interface ChunkReader {
  /** Returns undefined at the end. */
  read(): Promise<Bytes | undefined>;
  cancel(reason?: unknown): Promise<void>;
}

function createChunkReader(body: ReadableStream<Bytes>): ChunkReader {
  const reader = body.getReader();
  return {
    async read() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.byteLength > 0) return value;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Cancels a reader and does not wait, because the cancellation may take long. */
function cancelQuietly(reader: ChunkReader, reason?: unknown): void {
  reader.cancel(reason).catch(() => undefined);
}
