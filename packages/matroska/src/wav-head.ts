import { concatBytes, formatAscii } from './byte-parts.ts';
import { MatroskaError } from './errors.ts';
import type { Bytes, MatroskaHead, MatroskaIndex } from './types.ts';

/** WAVE_FORMAT_MULAW. */
const MULAW_FORMAT = 7;
/** A frame that begins this much later than its predecessor ends is preceded by silence. Timestamps are rounded to ticks. */
const MIN_SILENCE_SECONDS = 0.04;
/** The sizes of a WAV have 32 bits. */
const MAX_DATA_BYTES = 2 ** 32 - 1024;

/** The places of a µ-law recording's frames in the data of its WAV. Silence lies between them. */
export interface WavLayout {
  /** The position of each frame in the data, bytes. */
  readonly positions: Float64Array;
  /** Bytes of the data. */
  readonly dataLength: number;
}

/**
 * Computes the places of the frames in the data of a WAV.
 *
 * @throws {MatroskaError} unsupported: the codec is not PCMU. too_large: the data exceed 4 GiB.
 */
export function createWavLayout(head: MatroskaHead, { frames }: MatroskaIndex): WavLayout {
  const { sampleRate, channels } = head;
  if (head.codec !== 'PCMU' || sampleRate === 0 || channels === 0) {
    throw new MatroskaError('unsupported', 'A WAV needs PCMU.');
  }
  const samplesPerTick = (sampleRate * head.timestampScale) / 1e9;
  const minSilence = Math.round(MIN_SILENCE_SECONDS * sampleRate) * channels;
  const positions = new Float64Array(frames.length);
  let end = 0;
  for (let row = 0; row < frames.length; row += 1) {
    const ticks = (frames.timestamps[row] ?? 0) - head.firstTimestamp;
    const expected = Math.round(ticks * samplesPerTick) * channels;
    if (expected - end > minSilence) end = expected;
    positions[row] = end;
    end += frames.sizes[row] ?? 0;
    if (end > MAX_DATA_BYTES) throw new MatroskaError('too_large', 'The file lasts too long for a WAV.');
  }
  return { positions, dataLength: end };
}

/**
 * Creates the head of a µ-law WAV (RIFF, format 7), which precedes the payloads of the frames, with bytes of 0xFF for the gaps and an
 * odd length's padding.
 *
 * @throws {MatroskaError} unsupported: the codec is not PCMU. too_large: the data exceed 4 GiB.
 */
export function createWavHead(head: MatroskaHead, index: MatroskaIndex): Bytes {
  return formatWavHead(head, createWavLayout(head, index).dataLength);
}

/** Formats the head for data of so many bytes. */
export function formatWavHead({ sampleRate, channels }: MatroskaHead, dataLength: number): Bytes {
  const bytes = concatBytes([
    formatAscii('RIFF____WAVEfmt '),
    new Uint8Array(22),
    formatAscii('fact________data____'),
  ]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, bytes.length - 8 + dataLength + (dataLength % 2), true);
  view.setUint32(16, 18, true);
  view.setUint16(20, MULAW_FORMAT, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels, true);
  view.setUint16(32, channels, true);
  view.setUint16(34, 8, true);
  view.setUint32(42, 4, true);
  view.setUint32(46, Math.floor(dataLength / channels), true);
  view.setUint32(54, dataLength, true);
  return bytes;
}
