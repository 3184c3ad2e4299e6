import { iterateChildren, mapChildren, toUint } from './ebml.ts';
import { CUE_CLUSTER_POSITION, CUE_POINT, CUE_TIME, CUE_TRACK_POSITIONS } from './element-ids.ts';
import type { CuePoint } from './types.ts';

const NOTHING = new Uint8Array(0);

/**
 * Parses the content of Cues.
 *
 * @param segmentStart the byte offset that the positions count from.
 * @returns the points in the order of their clusters. GStreamer writes a point for each frame of audio.
 * @throws {MatroskaError} invalid: an element is malformed.
 */
export function parseCues(content: Uint8Array, segmentStart: number): readonly CuePoint[] {
  const points: CuePoint[] = [];
  for (const { id, content: point } of iterateChildren(content)) {
    if (id !== CUE_POINT) continue;
    const fields = mapChildren(point);
    const position = mapChildren(fields.get(CUE_TRACK_POSITIONS) ?? NOTHING).get(CUE_CLUSTER_POSITION);
    if (position === undefined) continue;
    points.push({
      timestamp: toUint(fields.get(CUE_TIME) ?? NOTHING),
      offset: segmentStart + toUint(position),
    });
  }
  return points.toSorted((one, other) => one.offset - other.offset);
}
