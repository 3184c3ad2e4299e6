import { concatBytes, formatAscii, formatUints } from './byte-parts.ts';
import {
  CUE_CLUSTER_POSITION,
  CUE_POINT,
  CUE_TIME,
  CUE_TRACK,
  CUE_TRACK_POSITIONS,
  CUES,
  DOC_TYPE,
  DURATION,
  EBML,
  INFO,
  MUXING_APP,
  SEEK,
  SEEK_HEAD,
  SEEK_ID,
  SEEK_POSITION,
  SEGMENT,
  TIMESTAMP_SCALE,
  TRACKS,
  WRITING_APP,
} from './element-ids.ts';
import type { Bytes, CuePoint, MatroskaHead, MatroskaIndex } from './types.ts';

/** EBMLVersion, EBMLReadVersion, EBMLMaxIDLength, EBMLMaxSizeLength, DocTypeVersion and DocTypeReadVersion (RFC 8794 §11.2). */
const EBML_FIELDS: readonly (readonly [id: number, value: number])[] = [
  [0x4286, 1],
  [0x42f7, 1],
  [0x42f2, 4],
  [0x42f3, 8],
  [0x4287, 4],
  [0x4285, 2],
];
const MUXER = 'room-recordings';
/** A cue for each cluster of audio would be many; one in half a second is enough for a seek. */
const MIN_AUDIO_CUE_SECONDS = 0.5;
const UNKNOWN_SEGMENT_SIZE = Uint8Array.of(1, 255, 255, 255, 255, 255, 255, 255);

/**
 * Creates a head with a Duration and Cues, which precedes the bytes from `head.firstCluster` to `index.end`. The timestamps of those
 * clusters must be less `head.timestampShift`, as `createWebmFile` patches them. VP8 and Opus become WebM, other codecs stay Matroska.
 */
export function createWebmHead(head: MatroskaHead, index: MatroskaIndex): Bytes {
  const isWebm = head.codec === 'VP8' || head.codec === 'OPUS';
  const ebml = formatElement(
    EBML,
    ...EBML_FIELDS.map(([id, value]) => formatUintElement(id, 1, value)),
    formatElement(DOC_TYPE, formatAscii(isWebm ? 'webm' : 'matroska')),
  );
  const duration = new Uint8Array(8);
  new DataView(duration.buffer).setFloat64(0, (index.duration * 1e9) / head.timestampScale);
  const info = formatElement(
    INFO,
    formatUintElement(TIMESTAMP_SCALE, 8, head.timestampScale),
    formatElement(DURATION, duration),
    formatElement(MUXING_APP, formatAscii(MUXER)),
    formatElement(WRITING_APP, formatAscii(MUXER)),
  );
  const points = listCuePoints(head, index);
  // Positions have a fixed length, so the head has its final size before they are known.
  const width = Math.max(head.size * 2, index.lastTimestamp) < 2 ** 32 ? 4 : 8;
  const seekHeadLength = formatSeekHead(0, 0, 0).length;
  const infoAt = seekHeadLength;
  const tracksAt = infoAt + info.length;
  const cuesAt = tracksAt + head.tracks.length;
  const clustersAt = cuesAt + formatCues(head, points, width, 0).length;
  const segmentSize = formatUints(8, [clustersAt + index.end - head.firstCluster]);
  segmentSize[0] = 1;
  return concatBytes([
    ebml,
    formatId(SEGMENT),
    index.hasOpenClusters ? UNKNOWN_SEGMENT_SIZE : segmentSize,
    formatSeekHead(infoAt, tracksAt, cuesAt),
    info,
    head.tracks,
    formatCues(head, points, width, clustersAt - head.firstCluster),
  ]);
}

/** Lists the clusters that have a key frame, each with the first one's timestamp. Audio gets a cue in half a second. */
function listCuePoints(head: MatroskaHead, { frames, clusters }: MatroskaIndex): readonly CuePoint[] {
  const points: CuePoint[] = [];
  const minInterval = head.width > 0 ? 0 : (MIN_AUDIO_CUE_SECONDS * 1e9) / head.timestampScale;
  let frame = 0;
  let previous = -Infinity;
  for (let row = 0; row < clusters.length; row += 1) {
    const offset = clusters[row] ?? 0;
    const end = clusters[row + 1] ?? Infinity;
    let isCued = false;
    for (; frame < frames.length && (frames.offsets[frame] ?? 0) < end; frame += 1) {
      if (isCued || frames.keys[frame] !== 1) continue;
      isCued = true;
      const timestamp = Math.max(0, (frames.timestamps[frame] ?? 0) - head.timestampShift);
      if (timestamp - previous < minInterval) continue;
      previous = timestamp;
      points.push({ timestamp, offset });
    }
  }
  return points;
}

/** @param shift added to a byte offset, it gives the position in the made Segment. */
function formatCues(head: MatroskaHead, points: readonly CuePoint[], width: number, shift: number): Bytes {
  const track = formatUintElement(CUE_TRACK, 4, head.trackNumber);
  return formatElement(
    CUES,
    // There may be more points than a function can have arguments.
    concatBytes(
      points.map(({ timestamp, offset }) =>
        formatElement(
          CUE_POINT,
          formatUintElement(CUE_TIME, width, timestamp),
          formatElement(
            CUE_TRACK_POSITIONS,
            track,
            formatUintElement(CUE_CLUSTER_POSITION, width, offset + shift),
          ),
        ),
      ),
    ),
  );
}

function formatSeekHead(infoAt: number, tracksAt: number, cuesAt: number): Bytes {
  const targets = [
    { id: INFO, position: infoAt },
    { id: TRACKS, position: tracksAt },
    { id: CUES, position: cuesAt },
  ];
  return formatElement(
    SEEK_HEAD,
    ...targets.map(({ id, position }) =>
      formatElement(
        SEEK,
        formatElement(SEEK_ID, formatId(id)),
        formatUintElement(SEEK_POSITION, 8, position),
      ),
    ),
  );
}

function formatUintElement(id: number, width: number, value: number): Bytes {
  return formatElement(id, formatUints(width, [value]));
}

function formatElement(id: number, ...content: readonly Bytes[]): Bytes {
  const length = content.reduce((sum, part) => sum + part.length, 0);
  // A size has 1 byte or 4; the bit above its value marks the length (RFC 8794 §4.1).
  const size = length < 127 ? [0x80 + length] : formatUints(4, [2 ** 28 + length]);
  return concatBytes([formatId(id), size, ...content]);
}

function formatId(id: number): Bytes {
  return formatUints(Math.ceil((32 - Math.clz32(id)) / 8), [id]);
}
