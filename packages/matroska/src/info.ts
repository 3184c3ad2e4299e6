import { iterateChildren, toFloat, toText, toUint } from './ebml.ts';
import { CRC_32, DURATION, MUXING_APP, TIMESTAMP_SCALE, VOID } from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import type { BytePatch, ByteRange, MatroskaHead } from './types.ts';

/** The MuxingApp of the programs whose Duration is a length although the timestamps do not begin at 0. */
const WRITES_LENGTH = /^GStreamer/;

/** What the Info element tells. */
export interface SegmentInfo {
  /** Nanoseconds in a tick. */
  readonly timestampScale: number;
  readonly muxingApp: string;
  /** Ticks, as the file has them; null without a Duration. */
  readonly duration: number | null;
  /** The byte offsets of the Duration's value. */
  readonly durationField: ByteRange;
  /** The byte offset of the CRC-32 element, or null. */
  readonly checksumOffset: number | null;
}

/**
 * Parses the content of Info.
 *
 * @param offset the byte offset of the content.
 * @throws {MatroskaError} invalid: an element is malformed, or a tick lasts 0 nanoseconds.
 */
export function parseInfo(content: Uint8Array, offset: number): SegmentInfo {
  let timestampScale = 1_000_000;
  let muxingApp = '';
  let duration: number | null = null;
  let durationField: ByteRange = { start: 0, end: 0 };
  let checksumOffset: number | null = null;
  for (const { id, at, start, content: value } of iterateChildren(content)) {
    if (id === TIMESTAMP_SCALE) timestampScale = toUint(value);
    else if (id === MUXING_APP) muxingApp = toText(value);
    else if (id === CRC_32) checksumOffset = offset + at;
    else if (id === DURATION) {
      duration = toFloat(value);
      durationField = { start: offset + start, end: offset + start + value.length };
    }
  }
  if (timestampScale === 0) throw new MatroskaError('invalid', 'The TimestampScale is 0.');
  if (duration === null || !(duration > 0 && duration < Infinity)) duration = null;
  return { timestampScale, muxingApp, duration, durationField, checksumOffset };
}

/**
 * Computes the ticks from the first frame to the end of the last one. A Duration is such a length, or it is the end itself:
 *
 * - It is a length if it comes before the first frame or before the last cue, since nothing ends before it begins.
 * - It is a length if GStreamer wrote it. ffmpeg, libwebm and others write the end.
 *
 * @param lastCue ticks: the timestamp of the last cue, or 0.
 * @returns null ticks without a Duration; the patches that replace an end by a length.
 */
export function toDuration(
  info: SegmentInfo | null,
  { firstTimestamp, timestampShift }: Pick<MatroskaHead, 'firstTimestamp' | 'timestampShift'>,
  lastCue: number,
): { readonly ticks: number | null; readonly patches: readonly BytePatch[] } {
  if (info === null || info.duration === null) return { ticks: null, patches: [] };
  const { duration, durationField, checksumOffset } = info;
  const isLength = duration <= firstTimestamp || duration < lastCue || WRITES_LENGTH.test(info.muxingApp);
  if (isLength || firstTimestamp === 0) return { ticks: duration, patches: [] };
  const ticks = duration - firstTimestamp;
  const bytes = new Uint8Array(durationField.end - durationField.start);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 8) view.setFloat64(0, duration - timestampShift);
  else view.setFloat32(0, duration - timestampShift);
  const patches = [{ offset: durationField.start, bytes }];
  // The checksum of Info is not right any more. Void (RFC 8794 §11.3.2) has an ID of the same length.
  if (checksumOffset !== null) patches.push({ offset: checksumOffset, bytes: Uint8Array.of(VOID) });
  return { ticks, patches };
}
