import type { RangePlan } from '@room-recordings/matroska';
import type { BodyReader } from '../http/types.ts';
import type { StoredRange } from './media-source.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The services of one range reader. */
export interface RangeReaderOptions {
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
  /** Called once: without an error at the end and if the reader is cancelled, after a failure with its error. */
  readonly onEnd: (error?: unknown) => void;
}

/** The error of a storage that sent fewer bytes than it announced. */
class ShortReadError extends Error {
  override readonly name = 'ShortReadError';
}

/**
 * Creates the reader of a range: the bytes of the plan, made from stored bytes that are read one chunk at a time. A failed read is
 * resumed once. A second failure is thrown, so that no consumer takes a part of the range for the whole.
 */
export function createRangeReader({ plan, stored, reopen, onRead, onEnd }: RangeReaderOptions): BodyReader {
  const { source, prefix } = plan;
  /** The bytes that the plan makes of the last chunk, one piece for each read: an hour of silence is not made at once. */
  let pieces: Iterator<Bytes> = [prefix][Symbol.iterator]();
  let reader = stored?.body.getReader();
  let received = 0;
  let hasResumed = false;
  /** Whether the pieces are those of the plan's end. */
  let isComplete = false;
  let hasEnded = false;

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
        const { done, value } = await reader.read();
        if (done) throw new ShortReadError('The storage ended before the range.');
        onRead();
        const needed = value.subarray(0, length - received);
        received += needed.byteLength;
        return needed;
      } catch (error) {
        // The read of a cancelled reader ends like the read of a complete body.
        if (hasEnded || hasResumed || reopen === undefined) throw error;
        hasResumed = true;
        cancelQuietly(reader, error);
        reader = (await reopen(source.start + received)).body.getReader();
        if (hasEnded) cancelQuietly(reader);
      }
    }
  }

  return {
    async read() {
      try {
        for (;;) {
          const piece = pieces.next();
          if (piece.done !== true) {
            if (piece.value.byteLength === 0) continue;
            return piece.value;
          }
          if (isComplete || hasEnded) break;
          const chunk = await readChunk();
          if (hasEnded) break;
          isComplete = chunk === undefined;
          pieces = (chunk === undefined ? plan.finish() : plan.push(chunk))[Symbol.iterator]();
        }
        end();
        return undefined;
      } catch (error) {
        if (hasEnded) return undefined;
        end(error);
        throw error;
      }
    },
    cancel: () => end(),
  };
}

/** Cancels a reader and does not wait, because the cancellation may take long. */
function cancelQuietly(reader: ReadableStreamDefaultReader<Bytes>, reason?: unknown): void {
  reader.cancel(reason).catch(() => undefined);
}
