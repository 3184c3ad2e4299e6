import { describe, expect, it } from 'vitest';
import { withTransferLimits } from '../../src/twilio/resilience/transfer-limits.ts';
import { createFakeClock } from '@room-recordings/testing/fake-clock';
import { CHUNKS, measureChunks } from '../memory/retained-memory.ts';
import { callOnRuntime, RUNTIMES } from '@room-recordings/testing/call-on-runtime';

const BUFFER_BYTES = 65_536;

/** Creates a chunk like those of Deno: the first bytes of a buffer of 64 KiB. */
function createChunk(bytes: number, value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BUFFER_BYTES).subarray(0, bytes).fill(value);
}

/** Sends chunks through the transfer limits, and returns the joined chunks. */
async function readJoined(chunks: Iterable<Uint8Array<ArrayBuffer>>): Promise<readonly Uint8Array[]> {
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
  const joined: Uint8Array[] = [];
  const reader = response.body?.getReader();
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) return joined;
    joined.push(next.value);
  }
}

const sizes = (joined: readonly Uint8Array[]) => joined.map(({ byteLength }) => byteLength);
const buffers = (joined: readonly Uint8Array[]) => joined.map(({ buffer }) => buffer.byteLength);

describe('the chunks of an upstream body', () => {
  it('are joined in their order, and do not keep their buffers alive', async () => {
    function* chunks() {
      for (let nth = 0; nth < CHUNKS; nth += 1) yield createChunk(1, nth % 251);
    }
    const joined = await readJoined(chunks());
    expect(sizes(joined)).toEqual([16_384, 1, 13_615]);
    expect(buffers(joined)).toEqual(sizes(joined));
    const bytes = joined.flatMap((chunk) => [...chunk]);
    expect(bytes.every((byte, nth) => byte === nth % 251)).toBe(true);
  });

  it.each([
    {
      name: 'unchanged if one fills a joined chunk',
      sent: [16_384],
      received: [16_384],
      buffered: [16_384],
    },
    {
      name: 'unchanged if one fills its larger buffer',
      sent: [65_536],
      received: [65_536],
      buffered: [65_536],
    },
    {
      name: 'unchanged if one fills more than half of its buffer',
      sent: [40_000],
      received: [40_000],
      buffered: [65_536],
    },
    {
      name: 'as a copy if one fills less than half of its buffer',
      sent: [20_000],
      received: [20_000],
      buffered: [20_000],
    },
    {
      name: 'in their order if a large one is between small ones',
      sent: [3, 20_000, 5],
      received: [3, 20_000, 5],
      buffered: [3, 20_000, 5],
    },
    { name: 'without the empty ones', sent: [0, 2, 0], received: [2], buffered: [2] },
    { name: 'as an empty body if there are none', sent: [], received: [], buffered: [] },
  ])('are passed on $name', async ({ sent, received, buffered }) => {
    const joined = await readJoined(sent.map((bytes, nth) => createChunk(bytes, nth + 1)));
    expect(sizes(joined)).toEqual(received);
    expect(buffers(joined)).toEqual(buffered);
    expect(joined.map(([first]) => first)).toEqual(
      sent.flatMap((bytes, nth) => (bytes === 0 ? [] : [nth + 1])),
    );
  });
});

describe('a body of 30,000 chunks of one byte over a real socket', () => {
  /** Bytes. Deno needs 1.5 GB without the copy and 120 MB with it, most of which is garbage. */
  const LIMIT = 500_000_000;

  it('needs less than 500 MB on Node', async () => {
    expect(await measureChunks()).toBeLessThan(LIMIT);
  });

  it.each(RUNTIMES)('needs less than 500 MB on %s', { timeout: 60_000 }, async (runtime) => {
    expect(
      await callOnRuntime(
        runtime,
        new URL('../memory/retained-memory.ts', import.meta.url),
        measureChunks,
        [],
      ),
    ).toBeLessThan(LIMIT);
  });
});
