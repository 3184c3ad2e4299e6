import { array, assert, asyncProperty, constant, integer, oneof, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlayableFiles, createRead, describeFile, readWhole, runPlan, scan } from './playable.ts';
import { loadSample, SAMPLES } from './sample-files.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 1500) / 50;
/** A long run compares 2,000 ranges of each representation. */
const TEST_TIMEOUT_MS = 180_000;

/** A chunk of a socket, a small one, and single bytes. */
const chunkLengths = array(
  oneof(constant(1), integer({ min: 1, max: 40 }), integer({ min: 1, max: 20_000 })),
  { minLength: 1, maxLength: 5 },
);

describe.each(SAMPLES)('$name', ({ name }) => {
  it(
    'gives ranges that equal those of the whole, in every representation and in chunks of any size',
    async () => {
      const bytes = loadSample(name);
      const { head, index } = await describeFile(bytes);
      for (const { name: kind, file } of createPlayableFiles(head, index, createRead(bytes))) {
        const whole = await readWhole(file, bytes);
        expect(whole.length, kind).toBe(file.size);
        const position = integer({ min: 0, max: file.size - 1 });
        const range = tuple(position, oneof(constant(1), integer({ min: 1, max: file.size })));
        await assert(
          asyncProperty(range, chunkLengths, async ([start, length], lengths) => {
            const end = Math.min(file.size, start + length);
            const got = runPlan(await file.plan(start, end), bytes, lengths);
            expect(Buffer.compare(got, whole.subarray(start, end)), `${kind} ${start}-${end}`).toBe(0);
          }),
          { numRuns: RUNS },
        );
      }
    },
    TEST_TIMEOUT_MS,
  );

  it('has the same index in chunks of any size', async () => {
    const bytes = loadSample(name);
    const { head, index } = await describeFile(bytes);
    for (const length of [1, 7, 31, 32, 33, 4096]) expect(scan(head, bytes, length)).toEqual(index);
  });
});
