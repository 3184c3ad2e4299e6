import { MatroskaError } from './errors.ts';
import type { Bytes, MatroskaIndex } from './types.ts';

const FORMAT_VERSION = 1;
/** Bytes of a number at most: 7 bits in each one. */
const MAX_NUMBER_BYTES = 8;
const FLOAT_BYTES = 8;
const COLUMNS_OF_A_FRAME = 3;

/**
 * Encodes an index compactly, so that it can be stored: about 6 bytes a frame. Numbers are differences to their predecessors, in as
 * few bytes as they need.
 */
export function encodeIndex(index: MatroskaIndex): Bytes {
  const { frames, clusters, gaps } = index;
  const floats = [index.lastDuration, index.duration, ...gaps.flat()];
  const numbers = 7 + frames.length * COLUMNS_OF_A_FRAME + clusters.length;
  const bytes = new Uint8Array(numbers * MAX_NUMBER_BYTES + floats.length * FLOAT_BYTES);
  let at = 0;
  const write = (value: number): void => {
    for (; value >= 128; value = Math.floor(value / 128)) {
      bytes[at] = 128 + (value % 128);
      at += 1;
    }
    bytes[at] = value;
    at += 1;
  };
  const writeSigned = (value: number): void => write(value < 0 ? -value * 2 - 1 : value * 2);

  write(FORMAT_VERSION);
  for (const value of [frames.length, clusters.length, gaps.length, index.end, index.lastTimestamp])
    write(value);
  write(index.hasOpenClusters ? 1 : 0);
  const view = new DataView(bytes.buffer);
  for (const value of floats) {
    view.setFloat64(at, value);
    at += FLOAT_BYTES;
  }
  let end = 0;
  let timestamp = 0;
  for (let row = 0; row < frames.length; row += 1) {
    const offset = frames.offsets[row] ?? 0;
    const size = frames.sizes[row] ?? 0;
    write(offset - end);
    write(size * 2 + (frames.keys[row] ?? 0));
    writeSigned((frames.timestamps[row] ?? 0) - timestamp);
    end = offset + size;
    timestamp = frames.timestamps[row] ?? 0;
  }
  let cluster = 0;
  for (const offset of clusters) {
    write(offset - cluster);
    cluster = offset;
  }
  return bytes.slice(0, at);
}

/**
 * Decodes what `encodeIndex` encoded.
 *
 * @throws {MatroskaError} invalid: the bytes are not a complete index of this version.
 */
export function decodeIndex(bytes: Uint8Array): MatroskaIndex {
  let at = 0;
  const read = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at];
      at += 1;
      if (byte === undefined || factor > 2 ** 49) throw new MatroskaError('invalid', 'The index is damaged.');
      value += (byte % 128) * factor;
      if (byte < 128) return value;
    }
  };
  const readSigned = (): number => {
    const value = read();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  };
  /** A table or list of so many rows has at least as many bytes. */
  const readCount = (): number => {
    const count = read();
    if (count > bytes.length) throw new MatroskaError('invalid', 'The index is damaged.');
    return count;
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const readFloat = (): number => {
    if (at + FLOAT_BYTES > bytes.length) throw new MatroskaError('invalid', 'The index is damaged.');
    at += FLOAT_BYTES;
    return view.getFloat64(at - FLOAT_BYTES);
  };

  if (read() !== FORMAT_VERSION) throw new MatroskaError('invalid', 'The index has another version.');
  const frameCount = readCount();
  const clusterCount = readCount();
  const gapCount = readCount();
  const end = read();
  const lastTimestamp = read();
  const hasOpenClusters = read() === 1;
  const lastDuration = readFloat();
  const duration = readFloat();
  const gaps = Array.from({ length: gapCount }, () => [readFloat(), readFloat()] as const);
  const frames = {
    length: frameCount,
    offsets: new Float64Array(frameCount),
    sizes: new Uint32Array(frameCount),
    timestamps: new Float64Array(frameCount),
    keys: new Uint8Array(frameCount),
  };
  let frameEnd = 0;
  let timestamp = 0;
  for (let row = 0; row < frameCount; row += 1) {
    const offset = frameEnd + read();
    const sizeAndKey = read();
    timestamp += readSigned();
    frames.offsets[row] = offset;
    frames.sizes[row] = Math.floor(sizeAndKey / 2);
    frames.timestamps[row] = timestamp;
    frames.keys[row] = sizeAndKey % 2;
    frameEnd = offset + Math.floor(sizeAndKey / 2);
  }
  let cluster = 0;
  const clusters = Float64Array.from({ length: clusterCount }, () => (cluster += read()));
  return { frames, clusters, end, lastTimestamp, hasOpenClusters, lastDuration, duration, gaps };
}
