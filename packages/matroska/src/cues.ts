import { iterateChildren, toUint } from './ebml.ts';
import { CUE_CLUSTER_POSITION, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS } from './element-ids.ts';
import type { CuePoint } from './types.ts';

/**
 * Parses the content of Cues.
 *
 * @param segmentStart the byte offset that the positions count from.
 * @returns one point for each cluster, in the order of the offsets.
 * @throws {MatroskaError} invalid: an element is malformed.
 */
export function parseCues(content: Uint8Array, segmentStart: number): readonly CuePoint[] {
  const timestamps = new Map<number, number>();
  for (const point of iterateChildren(content)) {
    if (point.id !== CUE_POINT) continue;
    let timestamp = 0;
    for (const { id, content: value } of iterateChildren(point.content)) {
      if (id === CUE_TIME) timestamp = toUint(value);
      else if (id === CUE_TRACK_POSITIONS) {
        for (const position of iterateChildren(value)) {
          if (position.id !== CUE_CLUSTER_POSITION) continue;
          const offset = segmentStart + toUint(position.content);
          if (!timestamps.has(offset)) timestamps.set(offset, timestamp);
        }
      }
    }
  }
  return Array.from(timestamps, ([offset, timestamp]) => ({ timestamp, offset })).toSorted(
    (one, other) => one.offset - other.offset,
  );
}
