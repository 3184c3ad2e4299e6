import { findLastAtMost } from './search.ts';
import type { Bytes, MatroskaHead, MatroskaIndex, PlayableFile, RangePlan } from './types.ts';
import { createWavLayout, formatWavHead } from './wav-head.ts';

/** µ-law silence. */
const SILENCE = 0xff;
const SILENCE_CHUNK_BYTES = 65_536;

/**
 * Creates the WAV of a µ-law recording: a made head, then the payloads of the frames, with silence where frames are missing.
 *
 * @throws {MatroskaError} unsupported: the codec is not PCMU. too_large: the data exceed 4 GiB.
 */
export function createWavFile(head: MatroskaHead, index: MatroskaIndex): PlayableFile {
  const { positions, dataLength } = createWavLayout(head, index);
  const wavHead = formatWavHead(head, dataLength);
  const { offsets, sizes } = index.frames;

  /** Plans the data from `from` to `to`, positions in the data. */
  function planData(prefix: Bytes, from: number, to: number): RangePlan {
    const last = findLastAtMost(positions, to - 1);
    let row = Math.max(0, findLastAtMost(positions, from));
    if (from >= (positions[row] ?? 0) + (sizes[row] ?? 0)) row += 1;
    const first = row;
    const skipped = Math.max(0, from - (positions[first] ?? 0));
    const end = Math.min(sizes[last] ?? 0, to - (positions[last] ?? 0));
    const source =
      first <= last && from < to
        ? { start: (offsets[first] ?? 0) + skipped, end: (offsets[last] ?? 0) + end }
        : null;
    /** The position in the data of the next byte to return. */
    let position = from;
    /** The byte offset in the source of the next chunk. */
    let offset = source?.start ?? 0;

    function* silence(until: number): Generator<Bytes, void, undefined> {
      while (position < until) {
        const length = Math.min(SILENCE_CHUNK_BYTES, until - position);
        position += length;
        yield new Uint8Array(length).fill(SILENCE);
      }
    }

    return {
      prefix,
      source,
      *push(chunk) {
        const chunkEnd = offset + chunk.length;
        /** The payloads move to the beginning of the chunk; those before this index were returned. */
        let returned = 0;
        let length = 0;
        for (; row <= last; row += 1) {
          const frameOffset = offsets[row] ?? 0;
          const frameEnd = frameOffset + (sizes[row] ?? 0);
          const start = Math.max(offset, frameOffset + (row === first ? skipped : 0));
          const stop = Math.min(chunkEnd, frameEnd);
          if (start < stop) {
            if (position < (positions[row] ?? 0)) {
              // A copy: a byte stream takes the buffer of each chunk.
              if (returned < length) yield chunk.slice(returned, length);
              returned = length;
              yield* silence(positions[row] ?? 0);
            }
            chunk.copyWithin(length, start - offset, stop - offset);
            length += stop - start;
            position += stop - start;
          }
          if (frameEnd > chunkEnd) break;
        }
        offset = chunkEnd;
        if (returned < length) yield chunk.subarray(returned, length);
      },
      finish: () => silence(to),
    };
  }

  return {
    type: 'audio/wav',
    size: wavHead.length + dataLength + (dataLength % 2),
    async plan(start, end) {
      const from = Math.max(0, start - wavHead.length);
      return planData(wavHead.slice(start, end), from, Math.max(from, end - wavHead.length));
    },
  };
}
