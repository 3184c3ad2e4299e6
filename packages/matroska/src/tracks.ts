import { iterateChildren, mapChildren, toFloat, toText, toUint } from './ebml.ts';
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
import type { Bytes, MatroskaHead, MediaCodec } from './types.ts';

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
const NOTHING = new Uint8Array(0);

/** The description of a track. */
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
  const fields = mapChildren(content);
  if (fields.has(CONTENT_ENCODINGS))
    throw new MatroskaError('unsupported', 'The track has content encodings.');
  const codecId = toText(fields.get(CODEC_ID) ?? NOTHING);
  const codecPrivate = fields.get(CODEC_PRIVATE)?.slice() ?? null;
  const video = mapChildren(fields.get(VIDEO) ?? NOTHING);
  const audio = mapChildren(fields.get(AUDIO) ?? NOTHING);
  const rate = audio.get(SAMPLING_FREQUENCY);
  const channels = audio.get(CHANNELS);
  const isAudio = codecId.startsWith('A');
  const track = {
    codecId,
    codecPrivate,
    codec: CODECS[codecId] ?? null,
    trackNumber: toUint(fields.get(TRACK_NUMBER) ?? NOTHING),
    width: toUint(video.get(PIXEL_WIDTH) ?? NOTHING),
    height: toUint(video.get(PIXEL_HEIGHT) ?? NOTHING),
    // The defaults are those of RFC 9559 §5.1.4.1.29.
    sampleRate: isAudio ? (rate === undefined ? 8000 : toFloat(rate) || 0) : 0,
    channels: isAudio ? (channels === undefined ? 1 : toUint(channels)) : 0,
    defaultDuration: toUint(fields.get(DEFAULT_DURATION) ?? NOTHING) || null,
  };
  const isMicrosoftCodec =
    codecId === ACM_CODEC_ID && codecPrivate !== null && codecPrivate.length >= WAVE_FORMAT_BYTES;
  return isMicrosoftCodec ? { ...track, ...parseWaveFormat(codecPrivate) } : track;
}

/** Parses a WAVEFORMATEX, which is little-endian. Its values win: GStreamer leaves those of Audio out. */
function parseWaveFormat(bytes: Bytes): Pick<TrackDescription, 'codec' | 'sampleRate' | 'channels'> {
  const view = new DataView(bytes.buffer);
  return {
    codec: view.getUint16(0, true) === MULAW_FORMAT ? 'PCMU' : null,
    channels: view.getUint16(2, true),
    sampleRate: view.getUint32(4, true),
  };
}
