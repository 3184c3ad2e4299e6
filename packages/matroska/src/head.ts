import { parseCues } from './cues.ts';
import { iterateChildren, readUint, toText, toUint } from './ebml.ts';
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
import { parseInfo, toDuration, type SegmentInfo } from './info.ts';
import { parseTracks, type TrackDescription } from './tracks.ts';
import type { Bytes, BytePatch, ByteRange, CuePoint, MatroskaHead, ReadRange } from './types.ts';

/** Cues that are larger are not read: only audio with a point for each frame has them, and its clusters are short. */
const MAX_CUES_BYTES = 256 * 1024;

/** What the elements before the first cluster tell. */
interface SegmentHead {
  readonly firstCluster: FileElement;
  readonly info: SegmentInfo | null;
  readonly tracks: Bytes;
  readonly track: TrackDescription;
  readonly cuesOffset: number | null;
}

/**
 * Reads what the head of a file tells: one read of 16 KiB, and another one of at most 256 KiB if the Cues are at the end. A larger
 * head needs more reads, of at most 2 MiB in all.
 *
 * @param size bytes of the whole file.
 * @throws {MatroskaError} each code; what `read` throws is passed through.
 */
export async function readHead(read: ReadRange, size: number): Promise<MatroskaHead> {
  if (size === 0) throw new MatroskaError('empty', 'The file has no bytes.');
  const window = createFileWindow(read, size);
  const ebml = await window.element(0).catch(toNotMatroska);
  if (ebml.id !== EBML) throw new MatroskaError('not_matroska', 'The file does not begin with EBML.');
  const { docType, docTypeField } = parseDocType(await window.content(ebml), ebml.start);
  const segment = await window.element(ebml.start + ebml.size);
  if (segment.id !== SEGMENT)
    throw new MatroskaError('invalid', 'A Segment does not follow the EBML header.');
  const segmentEnd = segment.size < 0 ? null : Math.min(size, segment.start + segment.size);
  const head = await readSegmentHead(window, segment.start, segmentEnd ?? size);
  const { track, info } = head;
  const first = await readFirstTimestamp(window, head.firstCluster, segmentEnd ?? size);
  const { cues, cuePoints } = await readCues(window, head.cuesOffset, segment.start, size);
  const { ticks, patches } = toDuration(info, first, cuePoints.at(-1)?.timestamp ?? 0);
  const timestampScale = info?.timestampScale ?? 1_000_000;
  return {
    size,
    docType,
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
    patches: [...toDocTypePatches(track, docType, docTypeField), ...patches],
  };
}

/** Text, an image or random bytes are not an invalid Matroska file. */
function toNotMatroska(error: unknown): never {
  if (!(error instanceof MatroskaError)) throw error;
  throw new MatroskaError('not_matroska', 'The file does not begin with EBML.');
}

function parseDocType(content: Uint8Array, offset: number): { docType: string; docTypeField: ByteRange } {
  for (const { id, start, content: value } of iterateChildren(content)) {
    if (id !== DOC_TYPE) continue;
    const docType = toText(value);
    if (docType !== 'matroska' && docType !== 'webm') break;
    return { docType, docTypeField: { start: offset + start, end: offset + start + value.length } };
  }
  throw new MatroskaError('not_matroska', 'The DocType is neither matroska nor webm.');
}

/** `webm` takes the place of `matroska` with NULs as padding (RFC 8794 §7.4). Browsers do not play H264 as WebM. */
function toDocTypePatches(track: TrackDescription, docType: string, field: ByteRange): readonly BytePatch[] {
  if (docType === 'webm' || (track.codec !== 'VP8' && track.codec !== 'OPUS')) return [];
  const bytes = new Uint8Array(field.end - field.start);
  bytes.set([0x77, 0x65, 0x62, 0x6d]);
  return [{ offset: field.start, bytes }];
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
  for (const seek of iterateChildren(content)) {
    if (seek.id !== SEEK) continue;
    let target = 0;
    let position = 0;
    for (const { id, content: value } of iterateChildren(seek.content)) {
      if (id === SEEK_ID) target = readUint(value, 0, Math.min(4, value.length));
      else if (id === SEEK_POSITION) position = toUint(value);
    }
    if (target === CUES && position > 0) return segmentStart + position;
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
    // One read has all of them in the usual case.
    await window.bytes(offset, MAX_CUES_BYTES);
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
