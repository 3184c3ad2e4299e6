import process from 'node:process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { parseConfig } from '../../src/config/config.ts';
import { createLoadEdge } from './in-process.ts';
import { createPlainSource } from './plain-source.ts';
import { toRecordingPath } from './recordings.ts';

// Fills the memory store of an edge with distinct recordings, and then with as many unknown SIDs, while a few keys stay in use.
// It writes the memory use of this process as one line of JSON. Run with `--expose-gc --max-old-space-size=96`.
const KEYS = Number(process.argv[2] ?? 1_000_000);
const HOT_KEYS = 50;
/** Concurrent requests. One hot key is requested after each batch. */
const CONCURRENT_REQUESTS = 50;
const SAMPLES = 10;
/** The index of the first recording that does not exist. */
const FIRST_UNKNOWN = 2 ** 32;

const source = createPlainSource((digits) => Number.parseInt(digits, 16) >= FIRST_UNKNOWN);
const edge = createLoadEdge({ source });
const before = await measure();
const samples = { some: await fill(0), none: await fill(FIRST_UNKNOWN) };
const { cacheMaxBytes } = parseConfig({});
process.stdout.write(
  `${JSON.stringify({ keys: KEYS, maxBytes: cacheMaxBytes, hotLost: await countLost(), ...samples })}\n`,
);

/** Requests distinct keys from an index on, and returns samples of the memory use in bytes, without that at the start. */
async function fill(first: number): Promise<readonly number[]> {
  const samples: number[] = [];
  for (let index = 0; index < KEYS; index += CONCURRENT_REQUESTS) {
    const requests = Array.from({ length: CONCURRENT_REQUESTS }, async (_, offset) =>
      edge.request(toRecordingPath(HOT_KEYS + first + index + offset)),
    );
    await Promise.all(requests);
    await edge.request(toRecordingPath((index / CONCURRENT_REQUESTS) % HOT_KEYS));
    // Requests over sockets wait for the event loop, too. Without this turn the runtime does not release its own objects.
    await nextTurn();
    if ((index + CONCURRENT_REQUESTS) % (KEYS / SAMPLES) === 0) samples.push((await measure()) - before);
  }
  return samples;
}

/** Counts the hot keys that the store no longer has. */
async function countLost(): Promise<number> {
  const reads = source.countReads();
  for (let index = 0; index < HOT_KEYS; index += 1) await edge.request(toRecordingPath(index));
  return source.countReads() - reads;
}

/** Measures the heap and the array buffers in bytes, after garbage collection. */
async function measure(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
