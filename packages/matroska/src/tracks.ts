import { iterateChildren, readUint, toFloat, toText, toUint } from './ebml.ts';
import {
  AUDIO,
  CHANNELS,
  CODEC_ID,
  CODEC_PRIVATE,
  CONTENT_ENCODINGS,
  DEFAULT_DURATION,
  PIXEL_HEIGHT,
  PIXEL_WIDTH,
  SAMPLING_FREQUENCY,
  TRACK_ENTRY,
  TRACK_NUMBER,
  VIDEO,
} from './element-ids.ts';
import { MatroskaError } from './errors.ts';
import type { MatroskaHead, MediaCodec } from './types.ts';

/** The codecs by their CodecID. PCMU has that of any codec of Microsoft's. */
const CODECS: Readonly<Record<string, MediaCodec>> = {
  V_VP8: 'VP8',
  'V_MPEG4/ISO/AVC': 'H264',
  A_OPUS: 'OPUS',
};

const ACM_CODEC_ID = 'A_MS/ACM';
/** WAVE_FORMAT_MULAW, and the bytes of a WAVEFORMATEX without its extension. */
const MULAW_FORMAT = 7;
const WAVE_FORMAT_BYTES = 16;

/** What the Tracks element tells. */
export type TrackDescription = Pick<
  MatroskaHead,
  | 'codec'
  | 'codecId'
  | 'codecPrivate'
  | 'trackNumber'
  | 'width'
  | 'height'
  | 'sampleRate'
  | 'channels'
  | 'defaultDuration'
>;

/**
 * Parses the content of Tracks.
 *
 * @throws {MatroskaError} unsupported: several tracks, content encodings. invalid: no track, a malformed element.
 */
export function parseTracks(content: Uint8Array): TrackDescription {
  const entries = [...iterateChildren(content)].filter(({ id }) => id === TRACK_ENTRY);
  const [entry] = entries;
  if (entry === undefined) throw new MatroskaError('invalid', 'The file does not describe a track.');
  if (entries.length > 1) throw new MatroskaError('unsupported', 'The file has more than one track.');
  return parseTrackEntry(entry.content);
}

function parseTrackEntry(content: Uint8Array): TrackDescription {
  const track = {
    codecId: '',
    codecPrivate: null as TrackDescription['codecPrivate'],
    trackNumber: 1,
    width: 0,
    height: 0,
    sampleRate: 0,
    channels: 0,
    defaultDuration: null as number | null,
  };
  for (const { id, content: value } of iterateChildren(content)) {
    if (id === CODEC_ID) track.codecId = toText(value);
    else if (id === CODEC_PRIVATE) track.codecPrivate = value.slice();
    else if (id === TRACK_NUMBER) track.trackNumber = toUint(value);
    else if (id === DEFAULT_DURATION) track.defaultDuration = toUint(value) || null;
    else if (id === VIDEO) Object.assign(track, parseVideo(value));
    else if (id === AUDIO) Object.assign(track, parseAudio(value));
    else if (id === CONTENT_ENCODINGS) {
      throw new MatroskaError('unsupported', 'The track has content encodings.');
    }
  }
  const { codecPrivate } = track;
  if (track.codecId === ACM_CODEC_ID && codecPrivate !== null && codecPrivate.length >= WAVE_FORMAT_BYTES) {
    return { ...track, ...parseWaveFormat(codecPrivate) };
  }
  return { ...track, codec: CODECS[track.codecId] ?? null };
}

function parseVideo(content: Uint8Array): { width: number; height: number } {
  const video = { width: 0, height: 0 };
  for (const { id, content: value } of iterateChildren(content)) {
    if (id === PIXEL_WIDTH) video.width = toUint(value);
    else if (id === PIXEL_HEIGHT) video.height = toUint(value);
  }
  return video;
}

/** The defaults are those of RFC 9559 §5.1.4.1.29. */
function parseAudio(content: Uint8Array): { sampleRate: number; channels: number } {
  const audio = { sampleRate: 8000, channels: 1 };
  for (const { id, content: value } of iterateChildren(content)) {
    if (id === SAMPLING_FREQUENCY) audio.sampleRate = toFloat(value);
    else if (id === CHANNELS) audio.channels = toUint(value);
  }
  return audio;
}

/** Parses a WAVEFORMATEX, which is little-endian. Its values win: GStreamer leaves those of Audio out. */
function parseWaveFormat(bytes: Uint8Array): Pick<TrackDescription, 'codec' | 'sampleRate' | 'channels'> {
  const header = bytes.slice(0, WAVE_FORMAT_BYTES).toReversed();
  return {
    codec: readUint(header, 14, 2) === MULAW_FORMAT ? 'PCMU' : null,
    channels: readUint(header, 12, 2),
    sampleRate: readUint(header, 8, 4),
  };
}
