import { array, assert, asyncProperty, constant, constantFrom, integer, nat, oneof, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import {
  createScanner,
  decodeIndex,
  encodeIndex,
  findBoundary,
  MatroskaError,
  readHead,
  type Bytes,
  type ReadRange,
} from '../src/index.ts';
import { createPlayableFiles, runPlan } from './playable.ts';
import { loadSample, SAMPLES } from './sample-files.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 3000);
const MAX_HEAD_BYTES = 2 * 1024 * 1024;
const MAX_HEAD_READS = 40;
const files = SAMPLES.map(({ name }) => loadSample(name));

/** Bytes that change the meaning of a size or an ID. */
const hostileByte = oneof(
  constantFrom(0, 0x01, 0x7f, 0x80, 0x81, 0xff, 0xa0, 0xa3, 0xe7, 0xec, 0xbb, 0xbf),
  integer({ min: 0, max: 255 }),
);
/** Places in the head, where most elements are, and places anywhere. */
const place = oneof(nat(700), nat(50_000));
const hugeSize = constant([0x01, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xf0]);
const change = tuple(place, oneof(array(hostileByte, { minLength: 1, maxLength: 4 }), hugeSize));

/** Returns a copy of a sample with some bytes replaced, cut at a length. */
function mutate(
  bytes: Bytes,
  changes: readonly (readonly [number, readonly number[]])[],
  cut: number,
): Bytes {
  const mutated = bytes.slice();
  for (const [at, values] of changes)
    mutated.set(values.slice(0, Math.max(0, mutated.length - at)), Math.min(at, mutated.length));
  return mutated.slice(0, Math.max(1, mutated.length - cut));
}

it(`${RUNS} hostile heads throw nothing but MatroskaError, in bounded reads, bytes and time`, async () => {
  await assert(
    asyncProperty(
      integer({ min: 0, max: files.length - 1 }),
      array(change, { minLength: 1, maxLength: 6 }),
      oneof(constant(0), nat(60_000)),
      async (sample, changes, cut) => {
        const bytes = mutate(files[sample] ?? new Uint8Array(0), changes, cut);
        let reads = 0;
        let total = 0;
        const read: ReadRange = async (start, end) => {
          reads += 1;
          total += end - start;
          expect(start).toBeGreaterThanOrEqual(0);
          expect(end).toBeLessThanOrEqual(bytes.length);
          expect(end).toBeGreaterThan(start);
          return bytes.slice(start, end);
        };
        const began = performance.now();
        await describeHostile(bytes, read, () => {
          expect(reads).toBeLessThanOrEqual(MAX_HEAD_READS);
          expect(total).toBeLessThanOrEqual(MAX_HEAD_BYTES);
        });
        expect(performance.now() - began).toBeLessThan(2000);
      },
    ),
    { numRuns: RUNS },
  );
}, 600_000);

/** Reads the head, scans, and carries out plans of all representations. A MatroskaError ends it. */
async function describeHostile(bytes: Bytes, read: ReadRange, checkHead: () => void): Promise<void> {
  try {
    const head = await readHead(read, bytes.length).finally(checkHead);
    const boundary = await findBoundary(head, bytes.length - 1, read);
    expect(boundary).toBeLessThanOrEqual(bytes.length);
    const scanner = createScanner(head);
    scanner.push(bytes.slice());
    const index = scanner.finish();
    expect(decodeIndex(encodeIndex(index))).toEqual(index);
    for (const { file } of createPlayableFiles(head, index, read)) {
      expect(Number.isSafeInteger(file.size)).toBe(true);
      const end = Math.min(file.size, 100_000);
      expect(runPlan(await file.plan(0, end), bytes, [1000]).length).toBe(end);
      const start = Math.max(0, file.size - 1000);
      expect(runPlan(await file.plan(start, file.size), bytes, [7]).length).toBe(file.size - start);
    }
  } catch (error) {
    if (!(error instanceof MatroskaError)) throw error;
  }
}

it('a damaged index throws MatroskaError or is another index', () => {
  const bytes = Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255, 127);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(() => decodeIndex(bytes.subarray(0, length))).toThrow(MatroskaError);
  }
  expect(() => decodeIndex(Uint8Array.of(2))).toThrow('The index has another version.');
});
