import { concatBytes, formatUints } from './byte-parts.ts';
import { CLUSTER, SIMPLE_BLOCK, TIMESTAMP } from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import {
  BLOCK_HEADER_BYTES,
  createOpusLayout,
  SILENCE_PACKET_BYTES,
  type OpusCluster,
} from './opus-layout.ts';
import { findLastAtMost } from './search.ts';
import type { ByteRange, Bytes, MatroskaHead, MatroskaIndex, PlayableFile, RangePlan } from './types.ts';
import { createWebmHead } from './webm-head.ts';

/** 20 ms of silence of one channel, which every decoder takes (RFC 6716 §3.1). */
const SILENCE = Uint8Array.of(0xf8, 0xff, 0xfe);
const KEY_FLAG = 0x80;
/** A size of 4 bytes has this bit. */
const SIZE_OF_4_BYTES = 2 ** 28;
/** The greatest track number of one byte. */
const MAX_TRACK_NUMBER = 126;

/** A part of the made body: bytes, or a range of the recorded file. */
type Part = Bytes | ByteRange;

/**
 * Creates the WebM of an Opus recording, with a Duration, Cues, and packets of silence in its gaps. Chromium plays the packets of a
 * track without a pause between them, so that a track with gaps would not stay in sync.
 *
 * @throws {MatroskaError} unsupported: the codec is not Opus.
 */
export function createOpusFile(head: MatroskaHead, index: MatroskaIndex): PlayableFile {
  if (head.codec !== 'OPUS' || head.trackNumber > MAX_TRACK_NUMBER) {
    throw new MatroskaError('unsupported', 'A track with filled gaps needs Opus.');
  }
  const { frames } = index;
  const { clusters, length, silenceTicks } = createOpusLayout(head, index);
  const positions = Float64Array.from(clusters, ({ position }) => position);
  // The Cues need no more than the first frame of each cluster.
  const madeIndex: MatroskaIndex = {
    ...index,
    frames: {
      length: clusters.length,
      offsets: positions.map((position) => position + 1),
      sizes: new Uint32Array(clusters.length),
      timestamps: Float64Array.from(clusters, ({ timestamp }) => timestamp),
      keys: new Uint8Array(clusters.length).fill(1),
    },
    clusters: positions,
    end: length,
    hasOpenClusters: false,
  };
  const madeHead = createWebmHead({ ...head, firstCluster: 0 }, madeIndex);

  function* listParts(
    { timestamp, firstFrame, count, position }: OpusCluster,
    next: number,
  ): Generator<Part> {
    yield concatBytes([
      formatUints(4, [CLUSTER, SIZE_OF_4_BYTES + next - position - 8]),
      [TIMESTAMP, 0x88],
      formatUints(8, [Math.max(0, timestamp - head.timestampShift)]),
    ]);
    for (let nth = 0; nth < count; nth += 1) {
      const row = firstFrame + nth;
      const isSilence = firstFrame < 0;
      const size = isSilence ? SILENCE_PACKET_BYTES : (frames.sizes[row] ?? 0);
      const relative = isSilence ? nth * silenceTicks : (frames.timestamps[row] ?? 0) - timestamp;
      yield concatBytes([
        [SIMPLE_BLOCK],
        formatUints(4, [SIZE_OF_4_BYTES + size + BLOCK_HEADER_BYTES - 5]),
        [0x80 + head.trackNumber],
        // A negative number is its two's complement.
        formatUints(2, [Math.round(relative) & 0xffff]),
        [KEY_FLAG],
      ]);
      const start = frames.offsets[row] ?? 0;
      yield isSilence ? SILENCE : { start, end: start + size };
    }
  }

  /** Lists the parts of the body from `from` to `to`. */
  function* listRange(from: number, to: number): Generator<Part> {
    for (let row = Math.max(0, findLastAtMost(positions, from)); row < clusters.length; row += 1) {
      const cluster = clusters[row];
      if (cluster === undefined || cluster.position >= to) return;
      let at = cluster.position;
      for (const part of listParts(cluster, positions[row + 1] ?? length)) {
        const partLength = isBytes(part) ? part.length : part.end - part.start;
        const start = Math.max(0, from - at);
        const end = Math.min(partLength, to - at);
        at += partLength;
        if (start >= end) continue;
        yield isBytes(part)
          ? part.subarray(start, end)
          : { start: part.start + start, end: part.start + end };
      }
    }
  }

  function planBody(prefix: Bytes, from: number, to: number): RangePlan {
    let source: { start: number; end: number } | null = null;
    for (const part of listRange(from, to)) {
      if (isBytes(part)) continue;
      source ??= { ...part };
      source.end = part.end;
    }
    const parts = listRange(from, to);
    let part = parts.next();
    let offset = source?.start ?? 0;
    return {
      prefix,
      source,
      push(chunk) {
        const chunkEnd = offset + chunk.length;
        const made: Bytes[] = [];
        for (; part.done !== true; part = parts.next()) {
          if (isBytes(part.value)) {
            made.push(part.value);
            continue;
          }
          const start = Math.max(part.value.start, offset);
          const end = Math.min(part.value.end, chunkEnd);
          if (start < end) made.push(chunk.subarray(start - offset, end - offset));
          if (part.value.end > chunkEnd) break;
        }
        offset = chunkEnd;
        return [concatBytes(made)];
      },
      finish() {
        const made: Bytes[] = [];
        for (; part.done !== true; part = parts.next()) if (isBytes(part.value)) made.push(part.value);
        return [concatBytes(made)];
      },
    };
  }

  return {
    type: 'audio/webm',
    size: madeHead.length + length,
    async plan(start, end) {
      const from = Math.max(0, start - madeHead.length);
      return planBody(madeHead.slice(start, end), from, Math.max(from, end - madeHead.length));
    },
  };
}

function isBytes(part: Part): part is Bytes {
  return part instanceof Uint8Array;
}
