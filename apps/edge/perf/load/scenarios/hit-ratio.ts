import { FAKE_CLOCK_RUNTIME, type Measurement } from '../measurement.ts';
import { createLoadEdge, type LoadEdge } from '../in-process.ts';
import { createPlainSource, type PlainSource } from '../plain-source.ts';
import { toRecordingPath } from '../recordings.ts';
import { createRandom } from '@room-recordings/testing/random';
import { Lru, createZipf } from '../trace.ts';

const SEED = 42;
/** The first hex digit of SIDs that do not exist. */
const UNKNOWN_DIGIT = 'f';
/** Concurrent requests of the scan. */
const CONCURRENT_REQUESTS = 50;

/** The size of the scenario. */
export interface HitRatioSize {
  readonly keys: number;
  /** Recordings that fit into the store. */
  readonly capacity: number;
  readonly requests: number;
  /** Unknown SIDs that the scan requests. */
  readonly scanned: number;
}

/** Returns the size of the scenario: with a scan of a million SIDs, or of a fifth of them. */
export function getHitRatioSize(isFull: boolean): HitRatioSize {
  return { keys: 100_000, capacity: 10_000, requests: 250_000, scanned: isFull ? 1_000_000 : 200_000 };
}

/** Measures the hit ratio of a store that is smaller than the set of keys. The references are an LRU cache of its size, and a scan. */
export async function measureHitRatio(size: HitRatioSize): Promise<readonly Measurement[]> {
  const bytes = await findBytes(size.capacity);
  const capacity = await countStored(bytes, size.capacity * 2);
  const alone = await replay(size, bytes, 0);
  const scanned = await replay(size, bytes, size.scanned);
  const lru = replayLru(size, capacity);
  const loss = (alone.ratio - scanned.ratio) * 100;
  const text = (each: number) => each.toLocaleString('en');
  return [
    {
      name: 'hit ratio',
      target: '≥ an LRU cache of its size',
      measured: `${percent(alone.ratio)}, LRU ${percent(lru)}`,
      isMet: alone.ratio >= lru,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `Zipf(1.0), ${text(size.keys)} keys, capacity for ${text(capacity)} of them (CACHE_MAX_BYTES=${bytes}), ${text(size.requests)} requests of one trace, seed ${SEED}, closed loop; per process or isolate`,
    },
    {
      name: 'hit ratio during a scan',
      target: '< 5 points less',
      measured: `${percent(scanned.ratio)}, ${loss.toFixed(2)} points less`,
      isMet: loss < 5,
      runtime: FAKE_CLOCK_RUNTIME,
      method: `the same trace between ${text(scanned.scanned)} requests for random unknown SIDs without a rate limit`,
    },
  ];
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(2)} %`;
}

/** Creates an edge with a limited store, and its source. */
function createLimitedEdge(bytes: number): { readonly edge: LoadEdge; readonly source: PlainSource } {
  const source = createPlainSource((digits) => digits.startsWith(UNKNOWN_DIGIT));
  return { edge: createLoadEdge({ source, variables: { CACHE_MAX_BYTES: String(bytes) } }), source };
}

/** Counts the recordings that are still stored after a number of distinct reads. */
async function countStored(bytes: number, keys: number): Promise<number> {
  const { edge, source } = createLimitedEdge(bytes);
  for (let index = 0; index < keys; index += 1) await edge.request(toRecordingPath(index));
  // In reverse order, so that a read does not evict an entry before it is counted.
  for (let index = keys - 1; index >= 0; index -= 1) {
    await edge.request(toRecordingPath(index));
    if (source.countReads() > keys) return keys - 1 - index;
  }
  return keys;
}

/** Finds the CACHE_MAX_BYTES with which about this number of recordings fit into the store. */
async function findBytes(capacity: number): Promise<number> {
  const sample = 2 ** 20;
  return Math.round((sample * capacity) / (await countStored(sample, 2_000)));
}

async function replay(
  { keys, requests }: HitRatioSize,
  bytes: number,
  scan: number,
): Promise<{ readonly ratio: number; readonly scanned: number }> {
  const { edge } = createLimitedEdge(bytes);
  const draw = createZipf(keys, createRandom(SEED));
  const random = createRandom(SEED + 1);
  let hits = 0;
  let scanned = 0;
  for (let index = 0; index < requests; index += 1) {
    const response = edge.request(toRecordingPath(draw()));
    // Only a cache hit is synchronous.
    if (response instanceof Promise) await response;
    else hits += 1;
    while ((index + 1) * scan >= (scanned + CONCURRENT_REQUESTS) * requests) {
      const scanRequests = Array.from({ length: CONCURRENT_REQUESTS }, async () =>
        edge.request(createUnknownPath(random)),
      );
      await Promise.all(scanRequests);
      scanned += CONCURRENT_REQUESTS;
    }
  }
  return { ratio: hits / requests, scanned };
}

function createUnknownPath(random: () => number): string {
  const path = toRecordingPath(Math.floor(random() * 2 ** 48));
  return `${path.slice(0, -32)}${UNKNOWN_DIGIT}${path.slice(-31)}`;
}

function replayLru({ keys, requests }: HitRatioSize, capacity: number): number {
  const draw = createZipf(keys, createRandom(SEED));
  const lru = new Lru(capacity);
  let hits = 0;
  for (let index = 0; index < requests; index += 1) if (lru.use(draw())) hits += 1;
  return hits / requests;
}
