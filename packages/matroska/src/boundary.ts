import { parseHeader, readUint, type ElementHeader } from './ebml.ts';
import { CLUSTER, CRC_32, CUE_POINT, CUE_TIME, TIMESTAMP } from './element-ids.ts';
import { findLastAtMost } from './search.ts';
import type { ByteRange, MatroskaHead, ReadRange } from './types.ts';

/** The windows in which a cluster is searched backwards: the first one, and the greatest. */
const MIN_WINDOW_BYTES = 64 * 1024;
const MAX_WINDOW_BYTES = 512 * 1024;
const MAX_WINDOWS = 64;
/** Bytes that a cluster's header and its timestamp have at most, with a CRC-32 between them. */
const CLUSTER_START_BYTES = 32;

/** Cues are searched in a window of this size; so many points in a row are not a coincidence. */
const CUES_WINDOW_BYTES = 4096;
const MIN_CUE_POINTS = 8;
const MAX_CUE_POINT_BYTES = 128;

/**
 * Finds the byte offset at which a patcher may begin to give the bytes from `offset` on: 0, or the cluster or Cues at or before `offset`.
 * Files whose Cues were read need no read. Else clusters are searched backwards in windows of 64 KiB and more; the Cues of audio
 * that are too large to be read name clusters of half a second, so one window has one.
 */
export async function findBoundary(head: MatroskaHead, offset: number, read: ReadRange): Promise<number> {
  const { cues, cuePoints, firstCluster, segmentEnd } = head;
  if (offset < firstCluster) return 0;
  if (segmentEnd !== null && offset >= segmentEnd) return segmentEnd;
  if (cues !== null && cues.start >= firstCluster) {
    if (offset >= cues.end) return cues.end;
    if (offset >= cues.start) return findCuePoint(cues, offset, read);
  }
  if (cuePoints.length === 0) return searchCluster(head, offset, read);
  const row = findLastAtMost(
    cuePoints.map(({ offset }) => offset),
    offset,
  );
  return cuePoints[row]?.offset ?? firstCluster;
}

/** Searches backwards for a cluster that begins at or before the offset. */
async function searchCluster(head: MatroskaHead, offset: number, read: ReadRange): Promise<number> {
  let end = offset + 1;
  let size = MIN_WINDOW_BYTES;
  for (let count = 0; count < MAX_WINDOWS && end > head.firstCluster; count += 1) {
    const start = Math.max(head.firstCluster, end - size);
    const bytes = await read(start, Math.min(head.size, end + CLUSTER_START_BYTES));
    for (let at = end - start - 1; at >= 0; at -= 1) {
      if (bytes[at] === 0x1f && isCluster(bytes, at)) return start + at;
    }
    end = start;
    size = Math.min(MAX_WINDOW_BYTES, size * 2);
  }
  return head.firstCluster;
}

/** Returns whether a cluster begins at an index: its ID, a size and a timestamp, before which a CRC-32 may be. */
function isCluster(bytes: Uint8Array, at: number): boolean {
  if (readUint(bytes, at, 4) !== CLUSTER) return false;
  const header: ElementHeader = { id: 0, size: 0 };
  let next = at + parseHeader(bytes, at, bytes.length, header);
  for (;;) {
    const length = parseHeader(bytes, next, bytes.length, header);
    if (length < 1) return false;
    if (header.id === TIMESTAMP) return header.size >= 0 && header.size <= 8;
    if (header.id !== CRC_32 || header.size !== 4) return false;
    next += length + header.size;
  }
}

/** Finds the last cue point at or before the offset: in a window before it, the first chain of points gives their boundaries. */
async function findCuePoint(cues: ByteRange, offset: number, read: ReadRange): Promise<number> {
  const start = offset - CUES_WINDOW_BYTES;
  if (start <= cues.start) return cues.start;
  const bytes = await read(start, Math.min(cues.end, offset + MAX_CUE_POINT_BYTES));
  const target = offset - start;
  for (let at = 0; at < target; at += 1) {
    let next = at;
    let last = at;
    let count = 0;
    for (; next <= target; count += 1) {
      const length = parseCuePoint(bytes, next);
      if (length === 0) break;
      last = next;
      next += length;
    }
    if (next > target && count >= MIN_CUE_POINTS) return start + last;
  }
  return cues.start;
}

/** Returns the bytes of the cue point at an index, or 0 without a cue point. */
function parseCuePoint(bytes: Uint8Array, at: number): number {
  const header: ElementHeader = { id: 0, size: 0 };
  const length = parseHeader(bytes, at, bytes.length, header);
  const { id, size } = header;
  if (length < 1 || id !== CUE_POINT || size < 0 || size > MAX_CUE_POINT_BYTES) return 0;
  return parseHeader(bytes, at + length, bytes.length, header) > 0 && header.id === CUE_TIME
    ? length + size
    : 0;
}
