import { concatBytes, formatAscii, formatUints } from './byte-parts.ts';
import { MatroskaError } from './errors.ts';
import { createSampleTimes, type SampleTimes } from './sample-times.ts';
import type { Bytes, MatroskaHead, MatroskaIndex } from './types.ts';

/** The transformation matrix that changes nothing (ISO 14496-12 §8.2.2). */
const IDENTITY_MATRIX = formatUints(4, [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000]);
const MAX_UINT_32 = 2 ** 32 - 1;
/** The language `und`, packed (ISO 14496-12 §8.4.2). */
const UNDETERMINED_LANGUAGE = 0x55c4;

/**
 * Creates the head of an MP4 whose `mdat` holds the bytes from `head.firstCluster` to `index.end` as they are. Each frame is a chunk
 * of its own, since the headers of blocks and clusters lie between the frames. Matroska stores H264 as MP4 does: frames with lengths
 * before their units, and an avcC record. Later sizes of the picture are in the stream itself, which browsers accept in `avc1`.
 *
 * @throws {MatroskaError} unsupported: the codec is not H264, or the avcC record is missing.
 */
export function createMp4Head(head: MatroskaHead, index: MatroskaIndex): Bytes {
  const { codec, codecPrivate } = head;
  if (codec !== 'H264' || codecPrivate === null || codecPrivate[0] !== 1) {
    throw new MatroskaError('unsupported', 'An MP4 needs H264 with an avcC record.');
  }
  const mediaLength = index.end - head.firstCluster;
  const isLarge = mediaLength + index.frames.length * 32 + 2048 > MAX_UINT_32;
  const ftyp = formatBox(
    'ftyp',
    formatAscii('isom'),
    formatUints(4, [0x200]),
    formatAscii('isomiso2avc1mp41'),
  );
  const mdat = isLarge
    ? concatBytes([formatUints(4, [1]), formatAscii('mdat'), formatUints(8, [mediaLength + 16])])
    : concatBytes([formatUints(4, [mediaLength + 8]), formatAscii('mdat')]);
  const times = createSampleTimes(head, index);
  const track = { head, times, avcC: codecPrivate, tables: formatTables(index, times) };
  const width = isLarge ? 8 : 4;
  const offsetsLength = 16 + index.frames.length * width;
  const headLength = ftyp.length + formatMoov(track, new Uint8Array(offsetsLength)).length + mdat.length;
  const offsets = index.frames.offsets.map((offset) => offset - head.firstCluster + headLength);
  const chunkOffsets = formatTable(isLarge ? 'co64' : 'stco', 1, offsets, width);
  return concatBytes([ftyp, formatMoov(track, chunkOffsets), mdat]);
}

interface VideoTrack {
  readonly head: MatroskaHead;
  readonly times: SampleTimes;
  readonly avcC: Bytes;
  /** The boxes of the sample table but for its descriptions and chunk offsets. */
  readonly tables: Bytes;
}

function formatTables({ frames }: MatroskaIndex, times: SampleTimes): Bytes {
  const keys: number[] = [];
  for (let row = 0; row < frames.length; row += 1) if (frames.keys[row] === 1) keys.push(row + 1);
  return concatBytes([
    formatTable('stts', 2, times.decodeRuns),
    formatTable('stss', 1, keys),
    formatTable('stsc', 3, [1, 1, 1]),
    formatFullBox('stsz', 0, formatUints(4, [0, frames.length]), formatUints(4, frames.sizes)),
  ]);
}

/** Formats a box that has the number of its rows and the rows. */
function formatTable(type: string, rowLength: number, values: ArrayLike<number>, width = 4): Bytes {
  return formatFullBox(type, 0, formatUints(4, [values.length / rowLength]), formatUints(width, values));
}

function formatMoov(track: VideoTrack, offsets: Bytes): Bytes {
  const { timescale, duration } = track.times;
  return formatBox(
    'moov',
    formatFullBox(
      'mvhd',
      0,
      formatUints(4, [0, 0, timescale, duration, 0x10000]),
      formatUints(2, [0x100, 0]),
      new Uint8Array(8),
      IDENTITY_MATRIX,
      formatUints(4, [0, 0, 0, 0, 0, 0, 2]),
    ),
    formatTrack(track, offsets),
  );
}

function formatTrack(track: VideoTrack, offsets: Bytes): Bytes {
  const { width, height } = track.head;
  const { timescale, duration } = track.times;
  return formatBox(
    'trak',
    formatFullBox(
      'tkhd',
      3,
      formatUints(4, [0, 0, 1, 0, duration, 0, 0, 0, 0]),
      IDENTITY_MATRIX,
      formatUints(4, [width * 0x10000, height * 0x10000]),
    ),
    formatBox(
      'mdia',
      formatFullBox(
        'mdhd',
        0,
        formatUints(4, [0, 0, timescale, duration]),
        formatUints(2, [UNDETERMINED_LANGUAGE, 0]),
      ),
      formatFullBox('hdlr', 0, new Uint8Array(4), formatAscii('vide'), new Uint8Array(13)),
      formatBox(
        'minf',
        formatFullBox('vmhd', 1, new Uint8Array(8)),
        formatBox('dinf', formatFullBox('dref', 0, formatUints(4, [1]), formatFullBox('url ', 1))),
        formatSampleTable(track, offsets),
      ),
    ),
  );
}

function formatSampleTable({ head, avcC, tables }: VideoTrack, offsets: Bytes): Bytes {
  const entry = formatBox(
    'avc1',
    formatUints(2, [0, 0, 0, 1]),
    new Uint8Array(16),
    formatUints(2, [head.width, head.height]),
    formatUints(4, [0x480000, 0x480000, 0]),
    formatUints(2, [1]),
    new Uint8Array(32),
    formatUints(2, [24, 0xffff]),
    formatBox('avcC', avcC),
  );
  return formatBox('stbl', formatFullBox('stsd', 0, formatUints(4, [1]), entry), tables, offsets);
}

function formatFullBox(type: string, flags: number, ...content: readonly Bytes[]): Bytes {
  return formatBox(type, formatUints(4, [flags]), ...content);
}

function formatBox(type: string, ...content: readonly Bytes[]): Bytes {
  const body = concatBytes([formatAscii(type), ...content]);
  return concatBytes([formatUints(4, [body.length + 4]), body]);
}
