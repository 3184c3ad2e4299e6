import type { FrameTable, MatroskaHead, MatroskaIndex } from './types.ts';

/** A pause is a gap if it exceeds a second and this many usual intervals. */
const MIN_GAP_SECONDS = 1;
const MIN_GAP_INTERVALS = 10;
const MAX_GAPS = 10_000;

/**
 * Computes the duration and the gaps of a file. The usual interval is the mean of those up to a second. A pause is a gap, as a mute
 * leaves it, if it is longer than a second and than ten usual intervals: a screen share of a frame in 0.7 s has no gaps.
 *
 * The last frame lasts as long as its BlockDuration states, else as its samples (PCMU), as the track's DefaultDuration, or as the
 * usual interval.
 *
 * @param blockDuration ticks, or 0 if the last block does not state it.
 */
export function summarizeFrames(
  head: MatroskaHead,
  frames: FrameTable,
  blockDuration: number,
): Pick<MatroskaIndex, 'lastTimestamp' | 'lastDuration' | 'duration' | 'gaps'> {
  const ticksPerSecond = 1e9 / head.timestampScale;
  const minGap = MIN_GAP_SECONDS * ticksPerSecond;
  const { timestamps, length } = frames;
  let sum = 0;
  let count = 0;
  let lastTimestamp = 0;
  for (let index = 0; index < length; index += 1) {
    const timestamp = timestamps[index] ?? 0;
    const interval = timestamp - lastTimestamp;
    if (index > 0 && interval > 0 && interval <= minGap) {
      sum += interval;
      count += 1;
    }
    lastTimestamp = Math.max(lastTimestamp, timestamp);
  }
  const usualInterval = count === 0 ? 0 : sum / count;
  const minPause = count === 0 ? Infinity : Math.max(minGap, MIN_GAP_INTERVALS * usualInterval);
  const toSeconds = (ticks: number) => Math.max(0, ticks - head.firstTimestamp) / ticksPerSecond;
  const gaps: [from: number, to: number][] = [];
  let previous = timestamps[0] ?? 0;
  for (let index = 1; index < length && gaps.length < MAX_GAPS; index += 1) {
    const timestamp = timestamps[index] ?? 0;
    if (timestamp - previous > minPause) {
      gaps.push([toSeconds(previous + usualInterval), toSeconds(timestamp)]);
    }
    previous = Math.max(previous, timestamp);
  }
  const lastDuration = blockDuration || findFrameDuration(head, frames) || usualInterval;
  return { lastTimestamp, lastDuration, duration: toSeconds(lastTimestamp + lastDuration), gaps };
}

/** Computes the ticks that the last frame lasts, or 0 if the file does not state it. */
function findFrameDuration(head: MatroskaHead, frames: FrameTable): number {
  const bytesPerSecond = head.sampleRate * head.channels;
  const nanoseconds =
    head.codec === 'PCMU' && bytesPerSecond > 0
      ? ((frames.sizes[frames.length - 1] ?? 0) / bytesPerSecond) * 1e9
      : (head.defaultDuration ?? 0);
  return nanoseconds / head.timestampScale;
}
