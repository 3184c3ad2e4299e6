import type { RecordingCodec, RecordingType } from '@room-recordings/core';
import type { MediaConfig } from '../config/media-config.ts';
import type { TrackFormat } from './timeline.ts';

/** The properties of a file that decide in which formats it is served. */
interface FormatInput {
  readonly type: RecordingType;
  /** The codec of the file; null if no browser plays it. */
  readonly codec: RecordingCodec | null;
  /** Bytes. */
  readonly size: number;
  /** Whether a player finds its way through the file as it is. */
  readonly hasCues: boolean;
}

/**
 * Selects the formats of a track in the order of their cost, to be used like `<source>` elements. An H264 file as Matroska costs two small
 * reads, and Chromium and Firefox 145 or later play it. Its MP4 costs a scan of the whole file, and is first
 * if the file has no Cues.
 *
 * @param config the mode of the media, and the bytes of the largest file that is scanned.
 */
export function selectTrackFormats(
  { type, codec, size, hasCues }: FormatInput,
  { mode, scanMaxBytes }: Pick<MediaConfig, 'mode' | 'scanMaxBytes'>,
): readonly TrackFormat[] {
  const matroska = { format: undefined, type: `${type}/x-matroska` };
  // The storage sends the file as it is.
  if (mode === 'redirect') return [matroska];
  const canScan = size <= scanMaxBytes;
  switch (codec) {
    case 'VP8':
    case 'OPUS': {
      const container = hasCues || canScan ? 'webm' : 'x-matroska';
      return [{ format: undefined, type: `${type}/${container}; codecs="${codec.toLowerCase()}"` }];
    }
    case 'H264': {
      const inPlace = { ...matroska, format: 'matroska' };
      if (!canScan) return [inPlace];
      const mp4 = { format: undefined, type: 'video/mp4' };
      // Without Cues, Firefox cannot seek in Matroska, and Chromium reads the file up to the target.
      return hasCues ? [inPlace, mp4] : [mp4, inPlace];
    }
    case 'PCMU':
      return [canScan ? { format: undefined, type: 'audio/wav' } : matroska];
    case null:
      return [matroska];
    default:
      return codec satisfies never;
  }
}
