import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createExactStream } from '../../src/concurrency/exact-stream.ts';

/** Bytes of the buffer of one read. */
const READ_BYTES = 262_144;

/** A reader of workerd: a read detaches the memory of its view, and fills it with the number of the read. */
class ByobReader {
  #reads = 0;

  async readAtLeast(_minBytes: number, view: Uint8Array<ArrayBuffer>) {
    this.#reads += 1;
    const value = new Uint8Array(structuredClone(view.buffer, { transfer: [view.buffer] }));
    return { done: false, value: value.fill(this.#reads) };
  }
  async cancel() {}
}

/** Returns the first byte of each chunk, once when the chunk is read and once after the stream has ended. */
async function readFirstBytes(length: number, reusesMemory: boolean) {
  vi.stubGlobal('ReadableStreamBYOBReader', ByobReader);
  const clock = createFakeClock();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>();
  Object.assign(body, { getReader: () => new ByobReader() });
  const { signal } = new AbortController();
  const options = { length, idleTimeoutMs: 5_000, now: clock.now, sleep: clock.sleep, signal, reusesMemory };
  const chunks: Uint8Array[] = [];
  const firstBytes: (number | undefined)[] = [];
  for await (const chunk of createExactStream(body, options)) {
    chunks.push(chunk);
    firstBytes.push(chunk[0]);
  }
  return { firstBytes, atEnd: chunks.map((chunk) => chunk[0]) };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('createExactStream() of a stream of workerd', () => {
  it.each([
    {
      name: 'gives each chunk memory of its own',
      length: 2 * READ_BYTES + 1,
      reusesMemory: false,
      atEnd: [1, 2, 3],
    },
    {
      name: 'reuses the memory of a chunk for the next one, if its consumer has used the chunk up',
      length: 3 * READ_BYTES,
      reusesMemory: true,
      atEnd: [undefined, undefined, 3],
    },
    {
      name: 'keeps the memory of a last chunk of one byte, while it reads the end of the body',
      length: 2 * READ_BYTES + 1,
      reusesMemory: true,
      atEnd: [undefined, 2, 3],
    },
  ])('$name', async ({ length, reusesMemory, atEnd }) => {
    expect(await readFirstBytes(length, reusesMemory)).toEqual({ firstBytes: [1, 2, 3], atEnd });
  });
});
