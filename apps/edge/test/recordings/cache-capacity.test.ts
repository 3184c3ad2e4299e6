import { describe, expect, it } from 'vitest';
import { getHeader, createLoadEdge } from '../../perf/load/in-process.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { findNothing, listNothing, RECORDING, ROOM_SID } from '../support/recording.ts';

/** So many take about a second. The load program requests a million, and measures the memory of the process. */
const SID_COUNT = 10_000;
/** Fewer than fit into the cache, so that a recording in use is requested again before it could be evicted. */
const CONCURRENT_REQUESTS = 20;
const MAX_BYTES = 262_144;
/** An entry has a key, headers and a body, which are larger than this together. */
const MIN_ENTRY_BYTES = 512;
const MAX_ENTRIES = MAX_BYTES / MIN_ENTRY_BYTES;

const toPath = (index: number): string =>
  `/v1/Rooms/${ROOM_SID}/Recordings/RT${index.toString(16).padStart(32, '0')}`;

/** Creates an edge with a small cache and a source of the recordings with an index below `count`. */
function createSmallEdge(count: number) {
  let reads = 0;
  const read: RecordingSource['read'] = async ({ roomSid, sid }) => {
    reads += 1;
    if (Number.parseInt(sid.slice(2), 16) >= count) return findNothing({ roomSid, sid });
    return { ...RECORDING, sid, room_sid: roomSid };
  };
  const edge = createLoadEdge({
    source: { read, list: listNothing },
    variables: { CACHE_MAX_BYTES: String(MAX_BYTES) },
  });
  const fetchCacheStatus = async (index: number) =>
    getHeader(await edge.request(toPath(index)), 'cache-status');
  const isCached = async (index: number) => (await fetchCacheStatus(index)).includes('; hit;');
  return {
    reads: () => reads,
    isCached,
    /** Requests `SID_COUNT` recordings from an index on, and some recordings again between them. */
    async flood(first: number, hot: readonly number[]) {
      for (let index = first; index < first + SID_COUNT; index += CONCURRENT_REQUESTS) {
        await Promise.all(
          Array.from({ length: CONCURRENT_REQUESTS }, (_, offset) => fetchCacheStatus(index + offset)),
        );
        for (const hotIndex of hot) await fetchCacheStatus(hotIndex);
      }
    },
    /** Returns how many of the last requested recordings are cached, counted back from the last one. */
    async countCached(last: number) {
      let cached = 0;
      // Bounded, because a loop of cache hits would block every timer.
      while (cached <= last && (await isCached(last - cached))) cached += 1;
      return cached;
    },
  };
}

describe('a flood of SIDs', () => {
  const HOT = [0, 1, 2];
  const FIRST = HOT.length;
  const LAST = FIRST + SID_COUNT - 1;

  it('that do not exist fills a small share of the cache and evicts no recording', async () => {
    const edge = createSmallEdge(HOT.length);
    for (const index of HOT) expect(await edge.isCached(index)).toBe(false);
    // No recording is in use meanwhile: 404s have a share of the cache of their own.
    await edge.flood(FIRST, []);
    expect(edge.reads()).toBe(LAST + 1);
    for (const index of HOT) expect(await edge.isCached(index)).toBe(true);
    const cached = await edge.countCached(LAST);
    expect(cached).toBeGreaterThan(0);
    expect(cached).toBeLessThan(MAX_ENTRIES / 8);
  });

  it('that exist fills the cache, and evicts no recording that is in use', async () => {
    const edge = createSmallEdge(Number.POSITIVE_INFINITY);
    await edge.flood(FIRST, HOT);
    expect(edge.reads()).toBe(LAST + 1);
    for (const index of HOT) expect(await edge.isCached(index)).toBe(true);
    const cached = await edge.countCached(LAST);
    expect(cached).toBeGreaterThan(CONCURRENT_REQUESTS);
    expect(cached).toBeLessThan(MAX_ENTRIES);
  });
});
