import { RecordingsError } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { withTimeout } from './timeout.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** The options of {@link createExactStream}. */
export interface ExactStreamOptions {
  /** The bytes that the stream must have. */
  readonly length: number;
  /** Milliseconds of one read. The time between two reads does not count. */
  readonly idleTimeoutMs: number;
  /** Milliseconds of a clock for durations. */
  readonly now: () => number;
  readonly sleep: Sleep;
  /** Fails the stream and cancels the body. */
  readonly signal: AbortSignal;
  /**
   * Whether a chunk is used up before the next one is read, so that both may have the same memory. Only workerd reuses it: 150 MB cost a
   * sixth less CPU time.
   */
  readonly reusesMemory?: boolean | undefined;
  /** Called once if the body is cancelled: by the consumer, by the signal or after an error. */
  readonly onCancel?: (() => void) | undefined;
}

/**
 * Creates a stream of exactly `length` bytes of a body. It reads one chunk for each pull, and cuts a longer body.
 *
 * The stream fails with a {@link RecordingsError}: `timeout` if no data arrives in time, `network` if the body breaks or is shorter. It never
 * ends early, because a consumer takes the end of a stream for the end of the file.
 */
export function createExactStream(
  body: ReadableStream<Bytes>,
  options: ExactStreamOptions,
): ReadableStream<Bytes> {
  const { length, signal, onCancel } = options;
  const reader = createChunkReader(body, options);
  let remaining = length;
  let hasEnded = false;
  let streamController: ReadableStreamDefaultController<Bytes> | undefined;
  const idleTimeout = new IdleTimeout(options, fail);
  const abort = (): void => fail(signal.reason);

  function fail(error: unknown): void {
    if (hasEnded) return;
    end();
    streamController?.error(error);
    cancel(error);
  }

  function end(): void {
    hasEnded = true;
    idleTimeout.stop();
    signal.removeEventListener('abort', abort);
  }

  function cancel(reason?: unknown): void {
    // The cancellation is not awaited, because it may take long.
    reader.cancel(reason).catch(() => undefined);
    onCancel?.();
  }

  /** Reads the end of the body, so that the connection can be used again. A longer body is cancelled. */
  async function finish(): Promise<void> {
    const next = await withTimeout(reader.read(1), options.idleTimeoutMs, options.sleep).catch(
      () => undefined,
    );
    if (next === undefined || next.chunk !== undefined) cancel();
  }

  return new ReadableStream<Bytes>(
    {
      start(controller) {
        streamController = controller;
        signal.addEventListener('abort', abort);
        if (signal.aborted) abort();
      },
      async pull(controller) {
        idleTimeout.start();
        let chunk: Bytes | undefined;
        try {
          ({ chunk } = await reader.read(remaining));
        } catch (cause) {
          fail(new RecordingsError('network', 'The body broke.', { cause }));
        }
        idleTimeout.pause();
        if (hasEnded) return;
        if (chunk === undefined) {
          fail(new RecordingsError('network', 'The body is shorter than announced.'));
          return;
        }
        const needed = chunk.byteLength > remaining ? chunk.subarray(0, remaining) : chunk;
        remaining -= needed.byteLength;
        controller.enqueue(needed);
        if (remaining > 0) return;
        end();
        controller.close();
        void finish();
      },
      cancel(reason) {
        if (hasEnded) return;
        end();
        cancel(reason);
      },
    },
    // Without a high-water mark of 0 the stream reads one chunk ahead of its consumer.
    { highWaterMark: 0 },
  );
}

/**
 * A timeout for each of many short reads. One timer serves many reads: a timer for each chunk cost 13 % of the throughput on Node and 28 %
 * on Bun.
 */
class IdleTimeout {
  readonly #options: Pick<ExactStreamOptions, 'idleTimeoutMs' | 'now' | 'sleep'>;
  readonly #onTimeout: (error: RecordingsError) => void;
  readonly #timer = new AbortController();
  /** Undefined between two reads. */
  #startedAt: number | undefined;
  #isRunning = false;

  constructor(
    options: Pick<ExactStreamOptions, 'idleTimeoutMs' | 'now' | 'sleep'>,
    onTimeout: (error: RecordingsError) => void,
  ) {
    this.#options = options;
    this.#onTimeout = onTimeout;
  }

  /** Begins a read. */
  start(): void {
    this.#startedAt = this.#options.now();
    if (!this.#isRunning) void this.#run();
  }

  /** Ends a read. */
  pause(): void {
    this.#startedAt = undefined;
  }

  /** Ends the timeout for ever. */
  stop(): void {
    this.#startedAt = undefined;
    this.#timer.abort();
  }

  async #run(): Promise<void> {
    const { idleTimeoutMs, now, sleep } = this.#options;
    this.#isRunning = true;
    while (this.#startedAt !== undefined) {
      const left = this.#startedAt + idleTimeoutMs - now();
      if (left <= 0) {
        this.#onTimeout(
          new RecordingsError('timeout', `No data of the body arrived within ${idleTimeoutMs} ms.`),
        );
        break;
      }
      await sleep(left, this.#timer.signal);
    }
    this.#isRunning = false;
  }
}

/** Reads the chunks of a body. */
interface ChunkReader {
  /** Reads a chunk that is not empty. `chunk` is undefined at the end of the body. */
  read(remaining: number): Promise<{ readonly chunk: Bytes | undefined }>;
  cancel(reason?: unknown): Promise<void>;
}

/** Bytes: workerd waits for up to as many, because each crossing from its streams into JavaScript costs more than the copy. */
const MAX_WAIT_BYTES = 131_072;

/**
 * Milliseconds that one read of workerd waits for bytes, about. The consumer gets the bytes of a slow storage in time, and workerd notices
 * only at a write that the client has left: with 40 kB/s it noticed after three seconds.
 */
const WAIT_MS = 50;

/** Bytes of the buffer of one read in workerd. */
const MAX_READ_BYTES = 262_144;

/** The method of workerd that the standard does not have. */
interface AtLeastReader {
  readAtLeast(minBytes: number, view: Bytes): Promise<ReadableStreamReadResult<Bytes>>;
}

function createChunkReader(
  body: ReadableStream<Bytes>,
  { now, reusesMemory = false }: ExactStreamOptions,
): ChunkReader {
  const byobReader = createByobReader(body);
  if (byobReader !== undefined) {
    let minBytes = 1;
    let memory = new ArrayBuffer(0);
    return {
      read: (remaining) =>
        readNonEmpty(async () => {
          const length = Math.min(MAX_READ_BYTES, remaining);
          // A read detaches the memory of its view. The last chunk must keep its own while the end of the body is read, with one byte.
          const isReusable = length === MAX_READ_BYTES && memory.byteLength === length;
          const view = isReusable ? new Uint8Array(memory) : new Uint8Array(length);
          const startedAt = now();
          const result = await byobReader.readAtLeast(Math.min(minBytes, remaining), view);
          if (reusesMemory && result.value !== undefined) memory = result.value.buffer;
          const bytes = result.value?.byteLength ?? 0;
          const bytesInTime = Math.round((bytes * WAIT_MS) / Math.max(1, now() - startedAt));
          // One fast read does not make a storage fast: the first bytes often arrive together with the headers.
          minBytes = Math.max(1, Math.min(MAX_WAIT_BYTES, bytesInTime, 2 * bytes));
          return result;
        }),
      cancel: (reason) => byobReader.cancel(reason),
    };
  }
  const reader = body.getReader();
  return { read: () => readNonEmpty(() => reader.read()), cancel: (reason) => reader.cancel(reason) };
}

async function readNonEmpty(
  read: () => Promise<ReadableStreamReadResult<Bytes>>,
): Promise<{ readonly chunk: Bytes | undefined }> {
  for (;;) {
    const { done, value } = await read();
    if (value !== undefined && value.byteLength > 0) return { chunk: value };
    if (done) return { chunk: undefined };
  }
}

/** @returns undefined on other runtimes, and for a body that is not a stream of bytes. */
function createByobReader(
  body: ReadableStream<Bytes>,
): (ReadableStreamBYOBReader & AtLeastReader) | undefined {
  if (typeof ReadableStreamBYOBReader === 'undefined') return undefined;
  if (!('readAtLeast' in ReadableStreamBYOBReader.prototype)) return undefined;
  try {
    const reader = body.getReader({ mode: 'byob' });
    return hasReadAtLeast(reader) ? reader : undefined;
  } catch {
    return undefined;
  }
}

function hasReadAtLeast(
  reader: ReadableStreamBYOBReader,
): reader is ReadableStreamBYOBReader & AtLeastReader {
  return 'readAtLeast' in reader;
}
