import { readUint, writeUint } from './ebml.ts';
import { CLUSTER, CRC_32, CUE_POINT, CUE_TIME, CUES, SEGMENT, TIMESTAMP, VOID } from './element-ids.ts';
import { createElementStream, NEEDS_MORE, skipElement } from './element-stream.ts';
import type { Bytes, BytePatch, MatroskaHead, Patcher } from './types.ts';

/** Bytes of a timestamp at most. Longer ones are not valid and stay. */
const MAX_UINT_BYTES = 8;
/**
 * Creates a patcher that makes a file play from 0 in browsers, byte for byte as long as it is: the head's patches, and all timestamps
 * of clusters and cues less the first one. CRC-32 elements of what changes become Void, which is as long. Frames are not looked at.
 *
 * @param start the byte offset of the first chunk: 0 or a boundary of `findBoundary`.
 */
export function createPatcher(head: MatroskaHead, start: number): Patcher {
  let outputOffset = start;

  const stream = createElementStream(start, (header, visit) => {
    const { bytes, at, start, end } = visit;
    switch (header.id) {
      case CLUSTER:
      case SEGMENT:
      case CUES:
      case CUE_POINT:
        return start;
      case TIMESTAMP:
      case CUE_TIME:
        if (header.size > MAX_UINT_BYTES || header.size < 0) break;
        if (start + header.size > end) return NEEDS_MORE;
        shiftUint(bytes, start, header.size, head.timestampShift);
        break;
      case CRC_32:
        bytes[at] = VOID;
        break;
    }
    return skipElement(header, visit);
  });

  function patchHead(chunks: readonly Bytes[]): readonly Bytes[] {
    for (const chunk of chunks) {
      if (outputOffset < head.firstCluster) applyPatches(chunk, outputOffset, head.patches);
      outputOffset += chunk.length;
    }
    return chunks;
  }

  return { push: (chunk) => patchHead(stream.push(chunk)), finish: () => patchHead(stream.finish()) };
}

/** Subtracts ticks from a timestamp, which does not get less than 0. */
function shiftUint(bytes: Uint8Array, at: number, length: number, ticks: number): void {
  writeUint(bytes, at, length, Math.max(0, readUint(bytes, at, length) - ticks));
}

/** Writes the parts of the patches that lie in a chunk. */
function applyPatches(chunk: Bytes, offset: number, patches: readonly BytePatch[]): void {
  for (const patch of patches) {
    const at = patch.offset - offset;
    const from = Math.max(0, -at);
    const to = Math.min(patch.bytes.length, chunk.length - at);
    if (from < to) chunk.set(patch.bytes.subarray(from, to), at + from);
  }
}
