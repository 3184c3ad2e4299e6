import { describe, expect, it } from 'vitest';
import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { CHUNKS, measureChunks } from '../memory/chunks.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';

const BUFFER_BYTES = 65_536;

/** A chunk as Deno hands it out: the first bytes of a buffer of 64 KiB. */
function view(bytes: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BUFFER_BYTES).subarray(0, bytes).fill(value);
}

/** Reads chunks through the limits, and returns the pieces as they come. */
async function readPieces(chunks: Iterable<Uint8Array<ArrayBuffer>>): Promise<readonly Uint8Array[]> {
  const iterator = chunks[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
  });
  const response = await withTransferLimits(async () => new Response(body), createFakeClock().sleep)(
    'https://x.example',
    {},
  );
  const pieces: Uint8Array[] = [];
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) return pieces;
    pieces.push(next.value);
  }
}

const sizes = (pieces: readonly Uint8Array[]) => pieces.map(({ byteLength }) => byteLength);
const buffers = (pieces: readonly Uint8Array[]) => pieces.map(({ buffer }) => buffer.byteLength);

describe('the chunks of an upstream body', () => {
  it('are joined, in their order, and keep no buffer of theirs alive', async () => {
    function* chunks() {
      for (let nth = 0; nth < CHUNKS; nth += 1) yield view(1, nth % 251);
    }
    const pieces = await readPieces(chunks());
    expect(sizes(pieces)).toEqual([16_384, 1, 13_615]);
    expect(buffers(pieces)).toEqual(sizes(pieces));
    const bytes = pieces.flatMap((piece) => [...piece]);
    expect(bytes.every((byte, nth) => byte === nth % 251)).toBe(true);
  });

  it.each([
    ['one that fills a piece', [16_384], [16_384], [16_384]],
    ['one that is larger, in a buffer of its own size', [65_536], [65_536], [65_536]],
    ['one that is larger than half of its buffer', [40_000], [40_000], [65_536]],
    ['one that is smaller than half of its buffer', [20_000], [20_000], [20_000]],
    ['small ones around a large one', [3, 20_000, 5], [3, 20_000, 5], [3, 20_000, 5]],
    ['empty ones', [0, 2, 0], [2], [2]],
    ['none', [], [], []],
  ])('are passed on if there are %s', async (_what, given, passed, held) => {
    const pieces = await readPieces(given.map((bytes, nth) => view(bytes, nth + 1)));
    expect(sizes(pieces)).toEqual(passed);
    expect(buffers(pieces)).toEqual(held);
    expect(pieces.map(([first]) => first)).toEqual(
      given.flatMap((bytes, nth) => (bytes === 0 ? [] : [nth + 1])),
    );
  });
});

describe('30,000 chunks of one byte over a real socket', () => {
  /** Bytes. On Deno 1.5 GB without the copy, and 120 MB with it, of which most is garbage. */
  const LIMIT = 500_000_000;

  it('cost less than 500 MB on Node', async () => {
    expect(await measureChunks()).toBeLessThan(LIMIT);
  });

  it.each(RUNTIMES)('cost less than 500 MB on %s', { timeout: 60_000 }, async (runtime) => {
    expect(
      await callOnRuntime(runtime, new URL('../memory/chunks.ts', import.meta.url), measureChunks, []),
    ).toBeLessThan(LIMIT);
  });
});
