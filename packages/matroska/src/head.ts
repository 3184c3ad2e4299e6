import { parseCues } from './cues.ts';
import { iterateChildren, mapChildren, readUint, toText, toUint } from './ebml.ts';
import {
  CLUSTER,
  CUES,
  DOC_TYPE,
  EBML,
  INFO,
  SEEK,
  SEEK_HEAD,
  SEEK_ID,
  SEEK_POSITION,
  SEGMENT,
  TRACKS,
} from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import { createFileWindow, type FileElement, type FileWindow } from './file-window.ts';
import { readFirstTimestamp } from './first-timestamp.ts';
import { DEFAULT_TIMESTAMP_SCALE, parseInfo, toDuration, type SegmentInfo } from './info.ts';
import { parseTracks, type TrackDescription } from './tracks.ts';
import type { Bytes, BytePatch, ByteRange, CuePoint, MatroskaHead, ReadRange } from './types.ts';

/** Cues that are larger are not read: only audio with a point for each frame has them, and its clusters are short. */
const MAX_CUES_BYTES = 256 * 1024;

/** The contents of the elements before the first cluster. */
interface SegmentHead {
  readonly firstCluster: FileElement;
  readonly info: SegmentInfo | null;
  readonly tracks: Bytes;
  readonly track: TrackDescription;
  readonly cuesOffset: number | null;
}

/**
 * Reads the head of a file: one read of 16 KiB, and another one of at most 256 KiB if the Cues are at the end. A larger
 * head needs more reads, of at most 2 MiB in all.
 *
 * @param size bytes of the whole file.
 * @throws {MatroskaError} each code; what `read` throws is passed through.
 */
export async function readHead(read: ReadRange, size: number): Promise<MatroskaHead> {
  if (size === 0) throw new MatroskaError('empty', 'The file has no bytes.');
  const window = createFileWindow(read, size);
  if (readUint(await window.bytes(0, 4), 0, 4) !== EBML) {
    throw new MatroskaError('not_matroska', 'The file does not begin with EBML.');
  }
  const ebml = await window.element(0);
  const docTypeField = parseDocType(await window.content(ebml), ebml.start);
  const segment = await window.element(ebml.start + ebml.size);
  if (segment.id !== SEGMENT)
    throw new MatroskaError('invalid', 'A Segment does not follow the EBML header.');
  const segmentEnd = segment.size < 0 ? null : Math.min(size, segment.start + segment.size);
  const head = await readSegmentHead(window, segment.start, segmentEnd ?? size);
  const { track, info } = head;
  const first = await readFirstTimestamp(window, head.firstCluster, segmentEnd ?? size);
  const { cues, cuePoints } = await readCues(window, head.cuesOffset, segment.start, size);
  const { ticks, patches } = toDuration(info, first, cuePoints.at(-1)?.timestamp ?? 0);
  const timestampScale = info?.timestampScale ?? DEFAULT_TIMESTAMP_SCALE;
  return {
    size,
    docType: docTypeField.docType,
    ...track,
    timestampScale,
    ...first,
    duration: ticks === null ? null : (ticks * timestampScale) / 1e9,
    segmentStart: segment.start,
    segmentEnd,
    firstCluster: head.firstCluster.offset,
    cues,
    cuePoints: cuePoints.filter(({ offset }) => offset >= head.firstCluster.offset && offset < size),
    tracks: head.tracks,
    patches: [...toDocTypePatches(track, docTypeField), ...patches],
  };
}

/** The DocType and its place in the file. */
interface DocTypeField {
  readonly docType: string;
  readonly offset: number;
  readonly length: number;
}

function parseDocType(content: Uint8Array, offset: number): DocTypeField {
  const field = mapChildren(content).get(DOC_TYPE) ?? new Uint8Array(0);
  const docType = toText(field);
  if (docType !== 'matroska' && docType !== 'webm') {
    throw new MatroskaError('not_matroska', 'The DocType is neither matroska nor webm.');
  }
  return { docType, offset: offset + field.byteOffset - content.byteOffset, length: field.length };
}

/** `webm` takes the place of `matroska` with NULs as padding (RFC 8794 §7.4). Browsers do not play H264 as WebM. */
function toDocTypePatches(
  { codec }: TrackDescription,
  { docType, offset, length }: DocTypeField,
): readonly BytePatch[] {
  if (docType === 'webm' || (codec !== 'VP8' && codec !== 'OPUS')) return [];
  const bytes = new Uint8Array(length);
  bytes.set([0x77, 0x65, 0x62, 0x6d]);
  return [{ offset, bytes }];
}

async function readSegmentHead(window: FileWindow, start: number, end: number): Promise<SegmentHead> {
  let info: SegmentInfo | null = null;
  let tracks: Bytes | null = null;
  let track: TrackDescription | null = null;
  let cuesOffset: number | null = null;
  for (let offset = start; offset < end;) {
    const element = await window.element(offset);
    if (element.id === CLUSTER) {
      if (tracks === null || track === null) {
        throw new MatroskaError('invalid', 'The file does not describe a track before its first cluster.');
      }
      return { firstCluster: element, info, tracks, track, cuesOffset };
    }
    if (element.size < 0) throw new MatroskaError('invalid', 'An element of the head has an unknown size.');
    offset = element.start + element.size;
    if (element.id === SEEK_HEAD) cuesOffset ??= parseCuesOffset(await window.content(element), start);
    else if (element.id === CUES) cuesOffset = element.offset;
    else if (element.id === INFO) info = parseInfo(await window.content(element), element.start);
    else if (element.id === TRACKS) {
      track = parseTracks(await window.content(element));
      tracks = (await window.bytes(element.offset, offset - element.offset)).slice();
    }
  }
  throw new MatroskaError('empty', 'The file ends before its first cluster.');
}

function parseCuesOffset(content: Uint8Array, segmentStart: number): number | null {
  for (const { id, content: seek } of iterateChildren(content)) {
    if (id !== SEEK) continue;
    const fields = mapChildren(seek);
    const target = fields.get(SEEK_ID);
    const position = fields.get(SEEK_POSITION);
    if (target === undefined || position === undefined || toUint(target) !== CUES) continue;
    return segmentStart + toUint(position);
  }
  return null;
}

/** Reads the Cues. A truncated file has none; nor does one whose Cues are malformed, since a player finds its way without them. */
async function readCues(
  window: FileWindow,
  offset: number | null,
  segmentStart: number,
  size: number,
): Promise<{ cues: ByteRange | null; cuePoints: readonly CuePoint[] }> {
  const nothing = { cues: null, cuePoints: [] };
  if (offset === null || offset >= size) return nothing;
  try {
    // One read has all of them, unless they are large or media follow them.
    if (size - offset <= MAX_CUES_BYTES) await window.bytes(offset, MAX_CUES_BYTES);
    const element = await window.element(offset);
    const end = element.start + element.size;
    if (element.id !== CUES || element.size < 0 || end > size) return nothing;
    const cues = { start: offset, end };
    if (element.size > MAX_CUES_BYTES) return { cues, cuePoints: [] };
    return { cues, cuePoints: parseCues(await window.content(element), segmentStart) };
  } catch (error) {
    if (error instanceof MatroskaError) return nothing;
    throw error;
  }
}
