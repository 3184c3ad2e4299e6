import { findBoundary } from './boundary.ts';
import { createMp4Head } from './mp4-head.ts';
import { createPatcher } from './patcher.ts';
import { findLastAtMost } from './search.ts';
import type { Bytes, MatroskaHead, MatroskaIndex, PlayableFile, RangePlan, ReadRange } from './types.ts';
import { createWebmHead } from './webm-head.ts';

/** A patcher holds back fewer bytes, so it needs so many after a range to finish the range. */
const LOOKAHEAD_BYTES = 32;

/**
 * Creates the file that plays in browsers and is as long as the recorded one. It needs no index.
 *
 * @param read reads the recorded file, to find the boundary before a range (see `findBoundary`).
 */
export function createPatchedFile(head: MatroskaHead, read: ReadRange): PlayableFile {
  return {
    type: toMatroskaType(head),
    size: head.size,
    async plan(start, end) {
      return planPatched(head, await findBoundary(head, start, read), start, end, head.size);
    },
  };
}

/**
 * Creates a file with a Duration and Cues before its clusters: WebM for VP8 and Opus, else Matroska. A range of it reads at most one
 * frame more than the range.
 */
export function createWebmFile(head: MatroskaHead, index: MatroskaIndex): PlayableFile {
  const { offsets, sizes } = index.frames;
  return createReheadedFile(head, index, createWebmHead(head, index), toMatroskaType(head), (start, end) => {
    // An element begins after each frame.
    let row = findLastAtMost(offsets, start);
    if ((offsets[row] ?? 0) + (sizes[row] ?? 0) > start) row -= 1;
    const boundary = row < 0 ? head.firstCluster : (offsets[row] ?? 0) + (sizes[row] ?? 0);
    return planPatched(head, boundary, start, end, index.end);
  });
}

/**
 * Creates the MP4 of an H264 recording. A range of it reads exactly as many bytes of the recorded file.
 *
 * @throws {MatroskaError} unsupported: the codec is not H264. too_large: the file lasts too long.
 */
export function createMp4File(head: MatroskaHead, index: MatroskaIndex): PlayableFile {
  return createReheadedFile(head, index, createMp4Head(head, index), 'video/mp4', (start, end) => ({
    prefix: new Uint8Array(0),
    source: { start, end },
    push: (chunk) => [chunk],
    finish: () => [],
  }));
}

/** A made head, then the bytes of the recorded file from its first cluster on. */
function createReheadedFile(
  head: MatroskaHead,
  index: MatroskaIndex,
  madeHead: Bytes,
  type: string,
  planSource: (start: number, end: number) => RangePlan,
): PlayableFile {
  const shift = head.firstCluster - madeHead.length;
  return {
    type,
    size: index.end - shift,
    async plan(start, end): Promise<RangePlan> {
      const prefix = madeHead.slice(start, end);
      if (end <= madeHead.length) return { prefix, source: null, push: () => [], finish: () => [] };
      return { ...planSource(Math.max(head.firstCluster, start + shift), end + shift), prefix };
    },
  };
}

/** Plans the bytes from `start` to `end` of the patched file, which are read from a boundary on. */
function planPatched(
  head: MatroskaHead,
  boundary: number,
  start: number,
  end: number,
  sourceEnd: number,
): RangePlan {
  const patcher = createPatcher(head, boundary);
  let skip = start - boundary;
  let remaining = end - start;
  const trim = (chunks: readonly Bytes[]): readonly Bytes[] =>
    chunks
      .map((chunk) => {
        const from = Math.min(skip, chunk.length);
        const trimmed = chunk.subarray(from, from + remaining);
        skip -= from;
        remaining -= trimmed.length;
        return trimmed;
      })
      .filter(({ length }) => length > 0);
  return {
    prefix: new Uint8Array(0),
    source: { start: boundary, end: Math.min(sourceEnd, end + LOOKAHEAD_BYTES) },
    push: (chunk) => trim(patcher.push(chunk)),
    finish: () => trim(patcher.finish()),
  };
}

function toMatroskaType({ codec, codecId }: MatroskaHead): string {
  const kind = codecId.startsWith('A') ? 'audio' : 'video';
  return `${kind}/${codec === 'VP8' || codec === 'OPUS' ? 'webm' : 'x-matroska'}`;
}
