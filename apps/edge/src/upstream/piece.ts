/** Bytes: a recording's answer fits into one piece. */
const PIECE_BYTES = 16_384;

/**
 * Joins the chunks of a body into pieces that own their bytes. Deno hands out each chunk as a view of a buffer of 64 KiB, so
 * 30,000 chunks of one byte kept 1.5 GB until the body had ended, and a copy of each one would still cost some 200 bytes.
 */
export class ChunkJoiner {
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
