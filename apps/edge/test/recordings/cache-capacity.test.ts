import { describe, expect, it } from 'vitest';
import { headerOf, startInProcess } from '../../perf/load/in-process.ts';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { findNothing, RECORDING, ROOM_SID } from '../support/recording.ts';

/** As many as take about a second; the load program goes on to a million, and looks at the memory itself. */
const SIDS = 10_000;
/** Less than what is kept of them, so that what comes back between them has not been forgotten. */
const AT_A_TIME = 20;
const MAX_BYTES = 262_144;
/** What is kept has a key, fields and a body, and they weigh more than this. */
const LEAST_BYTES = 512;
const MOST_KEPT = MAX_BYTES / LEAST_BYTES;

const pathOf = (nth: number): string =>
  `/v1/Rooms/${ROOM_SID}/Recordings/RT${nth.toString(16).padStart(32, '0')}`;

/** An edge with little memory, before a source that has the SIDs below a number. */
function edgeBefore(count: number) {
  let reads = 0;
  const read: RecordingSource['read'] = async ({ roomSid, sid }) => {
    reads += 1;
    if (Number.parseInt(sid.slice(2), 16) >= count) return findNothing({ roomSid, sid });
    return { ...RECORDING, sid, room_sid: roomSid };
  };
  const edge = startInProcess({ source: { read }, variables: { CACHE_MAX_BYTES: String(MAX_BYTES) } });
  const ask = async (nth: number) => headerOf(await edge.ask(pathOf(nth)), 'cache-status');
  const isKept = async (nth: number) => (await ask(nth)).includes('; hit;');
  return {
    reads: () => reads,
    isKept,
    /** Asks for all SIDs from one on, and for some again and again between them. */
    async flood(first: number, hot: readonly number[]) {
      for (let nth = first; nth < first + SIDS; nth += AT_A_TIME) {
        await Promise.all(Array.from({ length: AT_A_TIME }, (_, place) => ask(nth + place)));
        for (const each of hot) await ask(each);
      }
    },
    /** How many are kept, up to one that was asked for last. */
    async countKept(last: number) {
      let kept = 0;
      // Bounded, since a loop of kept answers would block every timer.
      while (kept <= last && (await isKept(last - kept))) kept += 1;
      return kept;
    },
  };
}

describe('a flood of SIDs', () => {
  const HOT = [0, 1, 2];
  const FIRST = HOT.length;
  const LAST = FIRST + SIDS - 1;

  it('that lead nowhere fills no more than its share, and drives out nothing that is there', async () => {
    const edge = edgeBefore(HOT.length);
    for (const nth of HOT) expect(await edge.isKept(nth)).toBe(false);
    // Without one that is in use meanwhile: what is not there has a place of its own.
    await edge.flood(FIRST, []);
    expect(edge.reads()).toBe(LAST + 1);
    for (const nth of HOT) expect(await edge.isKept(nth)).toBe(true);
    const kept = await edge.countKept(LAST);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(MOST_KEPT / 8);
  });

  it('that are there fills the memory and no more, and drives out nothing that is in use', async () => {
    const edge = edgeBefore(Number.POSITIVE_INFINITY);
    await edge.flood(FIRST, HOT);
    expect(edge.reads()).toBe(LAST + 1);
    for (const nth of HOT) expect(await edge.isKept(nth)).toBe(true);
    const kept = await edge.countKept(LAST);
    expect(kept).toBeGreaterThan(AT_A_TIME);
    expect(kept).toBeLessThan(MOST_KEPT);
  });
});
