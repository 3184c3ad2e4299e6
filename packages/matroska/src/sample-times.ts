import { MatroskaError } from './errors.ts';
import type { MatroskaHead, MatroskaIndex } from './types.ts';

const MAX_UINT_32 = 2 ** 32 - 1;
/** Units in a second if the ticks of the file do not divide one, or if they would exceed 32 bits. */
const MILLISECONDS = 1000;

/** The times of an MP4 track's samples, in units of `1 / timescale` seconds. Runs are pairs of a count and a value. */
export interface SampleTimes {
  readonly timescale: number;
  /** From the first sample to the end of the last one. */
  readonly duration: number;
  /** How long each sample lasts until the next one is decoded. */
  readonly decodeRuns: readonly number[];
}

/**
 * Computes the times of the samples.
 *
 * @throws {MatroskaError} unsupported: frames are shown in another order than decoded, which Twilio's never are. too_large: a time
 * exceeds 32 bits.
 */
export function createSampleTimes(head: MatroskaHead, index: MatroskaIndex): SampleTimes {
  const { lastDuration } = index;
  const ticksPerSecond = 1e9 / head.timestampScale;
  const isExact = Number.isInteger(ticksPerSecond) && index.lastTimestamp + lastDuration <= MAX_UINT_32;
  const timescale = isExact ? ticksPerSecond : MILLISECONDS;
  const toUnits = (ticks: number) => Math.round((ticks * timescale) / ticksPerSecond);
  const times = index.frames.timestamps.map(toUnits);
  const start = times[0] ?? 0;
  const end = (times.at(-1) ?? 0) + Math.max(1, toUnits(lastDuration));
  if (end - start > MAX_UINT_32) throw new MatroskaError('too_large', 'The file lasts too long for an MP4.');
  const decodeRuns: number[] = [];
  for (let row = 0; row < times.length; row += 1) {
    const duration = (times[row + 1] ?? end) - (times[row] ?? 0);
    if (duration < 0) throw new MatroskaError('unsupported', 'The file shows frames in another order.');
    if (decodeRuns.at(-1) === duration) decodeRuns[decodeRuns.length - 2] = (decodeRuns.at(-2) ?? 0) + 1;
    else decodeRuns.push(1, duration);
  }
  return { timescale, duration: end - start, decodeRuns };
}
