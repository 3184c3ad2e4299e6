import type { Bytes } from '../src/index.ts';

type Part = ArrayLike<number>;

/** Builds an element: an ID in hexadecimal, then its content. The size has 8 bytes. */
export function element(id: string, ...content: readonly Part[]): Bytes {
  const body = join(content);
  return join([hex(id), sizeOf(body.length), body]);
}

/** Builds an element of unknown size. */
export function openElement(id: string, ...content: readonly Part[]): Bytes {
  return join([hex(id), [0x01, 255, 255, 255, 255, 255, 255, 255], ...content]);
}

/** Builds the header of an element that claims a size. */
export function header(id: string, size: number): Bytes {
  return join([hex(id), sizeOf(size)]);
}

/** Builds an unsigned integer element. */
export function uint(id: string, value: number, length = 4): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return element(id, bytes.slice(8 - length));
}

/** Builds a float element of 8 bytes, or of 4. */
export function float(id: string, value: number, length: 4 | 8 = 8): Bytes {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  if (length === 8) view.setFloat64(0, value);
  else view.setFloat32(0, value);
  return element(id, bytes);
}

/** Builds a string element. */
export function text(id: string, value: string): Bytes {
  return element(id, new TextEncoder().encode(value));
}

/** Builds a SimpleBlock of track 1. */
export function simpleBlock(relativeTimestamp: number, payload: Part, flags = 0x80): Bytes {
  return element('a3', blockHeader(relativeTimestamp, flags), payload);
}

/** Builds the first bytes of a block of track 1. */
export function blockHeader(relativeTimestamp: number, flags = 0): readonly number[] {
  return [0x81, (relativeTimestamp >> 8) & 255, relativeTimestamp & 255, flags];
}

/** Builds a cluster. */
export function cluster(timestamp: number, ...content: readonly Part[]): Bytes {
  return element('1f43b675', uint('e7', timestamp), ...content);
}

export const EBML_HEADER: Bytes = element('1a45dfa3', text('4282', 'matroska'));

/** Builds a TrackEntry; the content replaces the elements of a VP8 track. */
export function trackEntry(...content: readonly Part[]): Bytes {
  const vp8 = [uint('d7', 1, 1), text('86', 'V_VP8'), element('e0', uint('b0', 640), uint('ba', 360))];
  return element('ae', ...(content.length > 0 ? content : vp8));
}

/** The parts of a file, in their order. The default is a VP8 file by GStreamer. */
export interface FileParts {
  readonly ebml?: Bytes;
  readonly info?: readonly Part[];
  readonly tracks?: readonly Part[];
  /** What follows the Tracks. */
  readonly rest?: readonly Part[];
  readonly isOpen?: boolean;
}

/** Builds a file. */
export function file(parts: FileParts = {}): Bytes {
  const {
    ebml = EBML_HEADER,
    info = [text('4d80', 'GStreamer matroskamux')],
    tracks = [trackEntry()],
    rest = [cluster(0, simpleBlock(0, [1]))],
    isOpen = false,
  } = parts;
  const content = [element('1549a966', ...info), element('1654ae6b', ...tracks), ...rest];
  return join([ebml, isOpen ? openElement('18538067', ...content) : element('18538067', ...content)]);
}

/** Joins bytes. */
export function join(parts: readonly Part[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function sizeOf(size: number): Bytes {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(size));
  bytes[0] = (bytes[0] ?? 0) | 1;
  return bytes;
}

function hex(text: string): Bytes {
  return Uint8Array.from(text.match(/../g) ?? [], (byte) => parseInt(byte, 16));
}
