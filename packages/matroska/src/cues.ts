import { iterateChildren, mapChildren, toUint } from './ebml.ts';
import { CUE_CLUSTER_POSITION, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS } from './element-ids.ts';
import type { CuePoint } from './types.ts';

const NOTHING = new Uint8Array(0);

/**
 * Parses the content of Cues.
 *
 * @param segmentStart the byte offset that the positions count from.
 * @returns one point for each cluster, in the order of the offsets.
 * @throws {MatroskaError} invalid: an element is malformed.
 */
export function parseCues(content: Uint8Array, segmentStart: number): readonly CuePoint[] {
  const timestamps = new Map<number, number>();
  for (const { id, content: point } of iterateChildren(content)) {
    if (id !== CUE_POINT) continue;
    const fields = mapChildren(point);
    const position = mapChildren(fields.get(CUE_TRACK_POSITIONS) ?? NOTHING).get(CUE_CLUSTER_POSITION);
    if (position === undefined) continue;
    const offset = segmentStart + toUint(position);
    if (!timestamps.has(offset)) timestamps.set(offset, toUint(fields.get(CUE_TIME) ?? NOTHING));
  }
  return Array.from(timestamps, ([offset, timestamp]) => ({ timestamp, offset })).toSorted(
    (one, other) => one.offset - other.offset,
  );
}
