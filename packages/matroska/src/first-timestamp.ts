import { toUint } from './ebml.ts';
import { BLOCK, BLOCK_GROUP, CLUSTER, SIMPLE_BLOCK, TIMESTAMP } from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import type { FileElement, FileWindow } from './file-window.ts';
import type { MatroskaHead } from './types.ts';

/** Bytes of a block before its frame: the track number, the relative timestamp and the flags. */
const MAX_BLOCK_HEADER_BYTES = 11;

/** The elements that are read before the first frame. */
const MAX_ELEMENTS = 1000;

/**
 * Finds the timestamp of the first frame: that of its cluster plus its own, which is signed (RFC 9559 §10.1).
 *
 * @param end the byte offset of the Segment's end.
 * @throws {MatroskaError} empty: no cluster has a frame. too_large: a frame is not among the first 1,000 elements.
 */
export async function readFirstTimestamp(
  window: FileWindow,
  firstCluster: FileElement,
  end: number,
): Promise<Pick<MatroskaHead, 'firstTimestamp' | 'timestampShift'>> {
  let clusterTimestamp = 0;
  let firstClusterTimestamp: number | null = null;
  let offset = firstCluster.start;
  for (let count = 0; offset < end; count += 1) {
    if (count === MAX_ELEMENTS) throw new MatroskaError('too_large', 'A frame does not follow the head.');
    const element = await window.element(offset);
    const { id } = element;
    if (id === SIMPLE_BLOCK || id === BLOCK) {
      const relative = parseRelativeTimestamp(await window.bytes(element.start, MAX_BLOCK_HEADER_BYTES));
      const firstTimestamp = Math.max(0, clusterTimestamp + relative);
      return { firstTimestamp, timestampShift: Math.min(firstTimestamp, firstClusterTimestamp ?? 0) };
    }
    if (id === TIMESTAMP) {
      clusterTimestamp = toUint(await window.content(element));
      firstClusterTimestamp ??= clusterTimestamp;
    }
    const isParent = id === CLUSTER || id === BLOCK_GROUP || element.size < 0;
    offset = isParent ? element.start : element.start + element.size;
  }
  throw new MatroskaError('empty', 'The file ends before its first frame.');
}

function parseRelativeTimestamp(bytes: Uint8Array): number {
  const trackLength = Math.clz32(bytes[0] ?? 0) - 23;
  if (trackLength > 8 || bytes.length < trackLength + 3) {
    throw new MatroskaError('truncated', 'The file ends inside its first block.');
  }
  return new DataView(bytes.buffer, bytes.byteOffset).getInt16(trackLength);
}
