import type { RecordingRef, RoomRecording } from '@room-recordings/core';
import { createFakeClock, type FakeClock } from '@room-recordings/testing/fake-clock';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MediaError, type ByteRange, type MediaSource } from '../../src/media/media-source.ts';
import { createInProcessEdge, type InProcessEdge, type InProcessEdgeOptions } from './in-process-edge.ts';
import { RECORDING, ROOM_SID } from './recording.ts';

export type Bytes = Uint8Array<ArrayBuffer>;

/** The tracks of local development, by the digit of their SID. */
const SEED_DIGITS = { opus: 'a', vp8: 'a1', h264: 'a3', pcmu: 'a4' } as const;

/** Reads a stored file of local development. */
export function readSeedMedia(track: keyof typeof SEED_DIGITS): Bytes {
  const digits = SEED_DIGITS[track];
  const sid = `RT${digits.repeat(32 / digits.length)}`;
  return new Uint8Array(readFileSync(resolve(import.meta.dirname, '../../seed', ROOM_SID, sid)));
}

/** Returns a file whose SeekHead does not name its Cues, as one whose recorder stopped: a scan is then needed. */
export function withoutCues(bytes: Bytes): Bytes {
  const copy = bytes.slice();
  // A SeekID with the ID of Cues (RFC 9559 §5.1.1.1.1) gets an ID that no element has.
  const seekId = [0x53, 0xab, 0x84, 0x1c, 0x53, 0xbb, 0x6b];
  const at = copy.findIndex((_byte, index) => seekId.every((byte, offset) => copy[index + offset] === byte));
  copy[at + seekId.length - 1] = 0x6c;
  return copy;
}

/** A storage in memory, which a test makes fail. */
export interface FakeMedia extends MediaSource {
  /** The stored file; a test replaces it together with its ETag. */
  bytes: Bytes;
  etag: string | null;
  encrypted: boolean;
  /** Bytes of each chunk. */
  chunkBytes: number;
  /** Thrown by each `open`. */
  error: MediaError | undefined;
  /** Called before each chunk with its offset in the file. It may throw, or wait. */
  beforeChunk: (offset: number) => void | Promise<void>;
  /** The ranges that were opened. */
  readonly ranges: ByteRange[];
  /** The number of streams that were neither read to their end nor cancelled. */
  openStreams(): number;
}

/** Creates a storage in memory that has one file. */
export function createFakeMedia(bytes: Bytes): FakeMedia {
  let openStreams = 0;
  const media: FakeMedia = {
    bytes,
    etag: '"stored"',
    encrypted: false,
    chunkBytes: 10_000,
    error: undefined,
    beforeChunk: () => undefined,
    ranges: [],
    openStreams: () => openStreams,
    open(_id, { start, end }, { ifMatch, signal }) {
      const { etag, encrypted, bytes: file } = media;
      media.ranges.push({ start, end });
      if (media.error !== undefined) return Promise.reject(media.error);
      if (start >= file.byteLength || (ifMatch !== undefined && ifMatch !== etag)) {
        return Promise.reject(new MediaError('changed'));
      }
      const last = Math.min(end, file.byteLength);
      let offset = start;
      openStreams += 1;
      let isOpen = true;
      const close = () => {
        if (isOpen) openStreams -= 1;
        isOpen = false;
      };
      signal.addEventListener('abort', close);
      const body = new ReadableStream<Bytes>(
        {
          async pull(controller) {
            try {
              await media.beforeChunk(offset);
              signal.throwIfAborted();
            } catch (error) {
              close();
              throw error;
            }
            const next = Math.min(last, offset + media.chunkBytes);
            controller.enqueue(file.slice(offset, next));
            offset = next;
            if (offset < last) return;
            close();
            controller.close();
          },
          cancel: close,
        },
        { highWaterMark: 0 },
      );
      return Promise.resolve({ body, size: file.byteLength, etag, encrypted });
    },
  };
  return media;
}

/** An edge whose recording has media. */
export interface MediaEdge extends InProcessEdge {
  readonly media: FakeMedia;
  readonly clock: FakeClock;
}

/** Creates an edge whose recording has a file in memory. */
export function createMediaEdge(
  bytes: Bytes,
  recording: Partial<RoomRecording> = {},
  { services, ...options }: InProcessEdgeOptions = {},
): MediaEdge {
  const media = createFakeMedia(bytes);
  const clock = createFakeClock();
  const source = { read: (_id: RecordingRef) => Promise.resolve({ ...RECORDING, ...recording }) };
  const edge = createInProcessEdge({ source, ...options, services: { ...clock, media, ...services } });
  return { ...edge, media, clock };
}

/** Reads the body of a response. */
export async function readBytes(response: Response): Promise<Bytes> {
  return new Uint8Array(await response.arrayBuffer());
}
