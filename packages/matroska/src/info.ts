import { mapChildren, toFloat, toText, toUint } from './ebml.ts';
import { CRC_32, DURATION, MUXING_APP, TIMESTAMP_SCALE, VOID } from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import type { BytePatch, MatroskaHead } from './types.ts';

/** Nanoseconds in a tick, if the file does not state it (RFC 9559 §5.1.2.9). */
export const DEFAULT_TIMESTAMP_SCALE = 1_000_000;

/** The MuxingApp of the programs whose Duration is a length although the timestamps do not begin at 0. */
const WRITES_LENGTH = /^GStreamer/;

/** The content of the Info element. */
export interface SegmentInfo {
  /** Nanoseconds in a tick. */
  readonly timestampScale: number;
  /** Whether the Duration is known to be a length, although the timestamps may not begin at 0. */
  readonly isLength: boolean;
  /** Ticks, as the file has them; null without a Duration. */
  readonly duration: number | null;
  /** The byte offset of the Duration's value. */
  readonly durationOffset: number;
  readonly durationBytes: number;
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
  const fields = mapChildren(content);
  const scale = fields.get(TIMESTAMP_SCALE);
  const timestampScale = scale === undefined ? DEFAULT_TIMESTAMP_SCALE : toUint(scale);
  if (timestampScale === 0) throw new MatroskaError('invalid', 'The TimestampScale is 0.');
  const field = fields.get(DURATION) ?? new Uint8Array(0);
  const duration = toFloat(field);
  return {
    timestampScale,
    isLength: WRITES_LENGTH.test(toText(fields.get(MUXING_APP) ?? new Uint8Array(0))),
    duration: duration > 0 && duration < Infinity ? duration : null,
    durationBytes: field.length,
    durationOffset: offset + field.byteOffset - content.byteOffset,
    // A CRC-32 is the first child (RFC 8794 §11.3.1).
    checksumOffset: fields.has(CRC_32) ? offset : null,
  };
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
  const { duration, checksumOffset } = info;
  const isLength = info.isLength || duration <= firstTimestamp || duration < lastCue;
  if (isLength || firstTimestamp === 0) return { ticks: duration, patches: [] };
  const ticks = duration - firstTimestamp;
  const bytes = new Uint8Array(info.durationBytes);
  const view = new DataView(bytes.buffer);
  if (bytes.length === 8) view.setFloat64(0, duration - timestampShift);
  else view.setFloat32(0, duration - timestampShift);
  const patches = [{ offset: info.durationOffset, bytes }];
  // The checksum of Info is not right any more. Void (RFC 8794 §11.3.2) has an ID of the same length.
  if (checksumOffset !== null) patches.push({ offset: checksumOffset, bytes: Uint8Array.of(VOID) });
  return { ticks, patches };
}
