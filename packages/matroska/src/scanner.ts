import { readUint, type ElementHeader } from './ebml.ts';
import {
  BLOCK,
  BLOCK_DURATION,
  BLOCK_GROUP,
  CLUSTER,
  REFERENCE_BLOCK,
  SEGMENT,
  SIMPLE_BLOCK,
  TIMESTAMP,
} from './element-ids.ts';
import { createElementStream, NEEDS_MORE, skipElement, type Visit } from './element-stream.ts';
import { MatroskaError } from './errors.ts';
import { summarizeFrames } from './summary.ts';
import type { MatroskaHead, MatroskaIndex, Scanner } from './types.ts';

const MAX_UINT_BYTES = 8;
/** Ticks: 13 days in nanoseconds. Sums and differences of such timestamps are exact. */
const MAX_TIMESTAMP = 2 ** 50;
/** Bytes of a block before its frame, at most: the track number, the relative timestamp and the flags. */
const MAX_BLOCK_HEADER_BYTES = 11;
/** An hour of audio has 180,000 frames and 7,200 clusters. */
const MAX_FRAMES = 2 ** 20;
const MAX_CLUSTERS = 2 ** 18;
const KEY_FLAG = 0x80;
const LACING_FLAGS = 0x06;

/**
 * Creates a scanner, which lists all frames and clusters of a file. It takes the same time for each element, whatever its size.
 *
 * @param start the byte offset of the first chunk: 0, or `head.firstCluster`.
 */
export function createScanner(head: MatroskaHead, start = 0): Scanner {
  const offsets: number[] = [];
  const sizes: number[] = [];
  const timestamps: number[] = [];
  const keys: number[] = [];
  const clusters: number[] = [];
  let clusterTimestamp = 0;
  let hasUnknownSize = false;
  let clusterEnd = 0;
  /** The byte offset after the block group that is open, or 0. */
  let groupEnd = 0;
  let end = 0;
  /** `end` before the last frame, which may be incomplete. */
  let previousEnd = 0;
  /** Ticks that the last frame lasts by its BlockDuration, or 0. */
  let blockDuration = 0;

  function addFrame(offset: number, size: number, timestamp: number, isKey: boolean): void {
    if (offsets.length === MAX_FRAMES) throw new MatroskaError('too_large', 'The file has too many frames.');
    offsets.push(offset);
    sizes.push(size);
    timestamps.push(timestamp);
    keys.push(isKey ? 1 : 0);
    previousEnd = end;
    end = Math.max(offset + size, groupEnd);
    blockDuration = 0;
  }

  function addCluster(offset: number): void {
    if (clusters.length === MAX_CLUSTERS) {
      throw new MatroskaError('too_large', 'The file has too many clusters.');
    }
    clusters.push(offset);
    clusterTimestamp = 0;
    groupEnd = 0;
  }

  function visitBlock(header: ElementHeader, { bytes, start, end: bytesEnd, base }: Visit): boolean {
    if (start + Math.min(MAX_BLOCK_HEADER_BYTES, header.size) > bytesEnd) return false;
    const trackLength = Math.clz32(bytes[start] ?? 0) - 23;
    const headerBytes = trackLength + 3;
    if (trackLength > 8 || header.size <= headerBytes) return true;
    const track = readUint(bytes, start, trackLength) - 2 ** (7 * trackLength);
    if (track !== head.trackNumber) return true;
    const flags = bytes[start + headerBytes - 1] ?? 0;
    if ((flags & LACING_FLAGS) !== 0) throw new MatroskaError('unsupported', 'The file has laced frames.');
    const relative = (readUint(bytes, start + trackLength, 2) << 16) >> 16;
    // GStreamer sets the flag for video only; a decoder can begin at every frame of audio.
    const isKey = head.width === 0 || header.id === BLOCK || (flags & KEY_FLAG) !== 0;
    addFrame(base + start + headerBytes, header.size - headerBytes, clusterTimestamp + relative, isKey);
    return true;
  }

  const stream = createElementStream(start, (header, visit) => {
    const { bytes, at, start, end: bytesEnd, base } = visit;
    switch (header.id) {
      case SEGMENT:
        return start;
      case CLUSTER:
        addCluster(base + at);
        if (header.size < 0) hasUnknownSize = true;
        else clusterEnd = base + start + header.size;
        return start;
      case TIMESTAMP:
        if (header.size > MAX_UINT_BYTES || header.size < 0 || clusters.length === 0) break;
        if (start + header.size > bytesEnd) return NEEDS_MORE;
        clusterTimestamp = readUint(bytes, start, header.size);
        if (clusterTimestamp > MAX_TIMESTAMP) throw new MatroskaError('invalid', 'A timestamp is too large.');
        break;
      case BLOCK_GROUP:
        groupEnd = header.size < 0 ? 0 : base + start + header.size;
        return start;
      case BLOCK:
      case SIMPLE_BLOCK:
        if (header.size < 0 || clusters.length === 0) break;
        if (header.id === SIMPLE_BLOCK) groupEnd = 0;
        if (!visitBlock(header, visit)) return NEEDS_MORE;
        break;
      case BLOCK_DURATION:
        if (header.size > MAX_UINT_BYTES || header.size < 0) break;
        if (start + header.size > bytesEnd) return NEEDS_MORE;
        blockDuration = readUint(bytes, start, header.size);
        break;
      case REFERENCE_BLOCK:
        if (keys.length > 0) keys[keys.length - 1] = 0;
        break;
    }
    return skipElement(header, visit);
  });

  return {
    push(chunk) {
      stream.push(chunk);
    },
    finish(): MatroskaIndex {
      if (end > stream.position()) {
        offsets.pop();
        end = previousEnd;
        blockDuration = 0;
      }
      const { length } = offsets;
      if (length === 0) throw new MatroskaError('empty', 'The file does not contain a complete frame.');
      const frames = {
        length,
        offsets: new Float64Array(offsets),
        sizes: new Uint32Array(sizes.slice(0, length)),
        timestamps: new Float64Array(timestamps.slice(0, length)),
        keys: new Uint8Array(keys.slice(0, length)),
      };
      return {
        frames,
        clusters: new Float64Array(clusters.filter((offset) => offset < end)),
        end,
        ...summarizeFrames(head, frames, blockDuration),
        hasOpenClusters: hasUnknownSize || clusterEnd > end,
      };
    },
  };
}
