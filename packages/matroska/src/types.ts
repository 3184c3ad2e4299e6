/** Bytes of their own: a view of an ArrayBuffer that is not shared. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Reads the bytes from `start` to `end` (exclusive) of a file. The result is shorter at the end of the file only. */
export type ReadRange = (start: number, end: number) => Promise<Bytes>;

/** The codecs of Twilio's recordings. */
export type MediaCodec = 'VP8' | 'H264' | 'OPUS' | 'PCMU';

/** A range of byte offsets; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** A place at which a player may begin. */
export interface CuePoint {
  /** Ticks, as the file has them. */
  readonly timestamp: number;
  /** The byte offset of the cluster. */
  readonly offset: number;
}

/** Bytes that replace as many bytes of the file. */
export interface BytePatch {
  readonly offset: number;
  readonly bytes: Bytes;
}

/** The description of a file that its head gives. A tick is `timestampScale` nanoseconds. */
export interface MatroskaHead {
  /** Bytes of the whole file. */
  readonly size: number;
  /** Without the NULs at its end: `matroska` or `webm`. */
  readonly docType: string;
  /** Null if Twilio does not record this codec. */
  readonly codec: MediaCodec | null;
  /** Without the NULs at its end, for example `V_VP8`. */
  readonly codecId: string;
  readonly trackNumber: number;
  readonly codecPrivate: Bytes | null;
  /** Pixels; 0 for audio. */
  readonly width: number;
  readonly height: number;
  /** Hertz; 0 for video. */
  readonly sampleRate: number;
  /** 0 for video. */
  readonly channels: number;
  /** Nanoseconds that a frame lasts, or null if the file does not state it. */
  readonly defaultDuration: number | null;
  /** Nanoseconds in a tick. */
  readonly timestampScale: number;
  /** Ticks: the timestamp of the first frame. */
  readonly firstTimestamp: number;
  /**
   * Ticks that a patcher subtracts from all timestamps: `firstTimestamp`, or the timestamp of the first cluster if that is less, since
   * a cluster cannot begin before 0.
   */
  readonly timestampShift: number;
  /** Seconds from the first frame to the end of the last one, or null if the file does not state it. */
  readonly duration: number | null;
  /** The byte offset of the first element in the Segment. */
  readonly segmentStart: number;
  /** The byte offset of the Segment's end, at most `size`, or null if its size is unknown. */
  readonly segmentEnd: number | null;
  /** The byte offset of the first cluster. */
  readonly firstCluster: number;
  /** The byte range of the Cues, or null if no SeekHead names them. */
  readonly cues: ByteRange | null;
  /** In the order of their offsets; empty if the file has no Cues or if they are larger than 256 KiB. */
  readonly cuePoints: readonly CuePoint[];
  /** The Tracks element as the file has it. */
  readonly tracks: Bytes;
  /** The patches of a patcher before the first cluster: the DocType and the Duration. */
  readonly patches: readonly BytePatch[];
}

/** The frames of a file in the order of their offsets. The arrays are parallel. */
export interface FrameTable {
  readonly length: number;
  /** Byte offsets of the payloads, after the headers of their blocks. */
  readonly offsets: Float64Array;
  /** Bytes of the payloads. */
  readonly sizes: Uint32Array;
  /** Ticks, as the file has them. */
  readonly timestamps: Float64Array;
  /** 1 for a key frame, else 0. */
  readonly keys: Uint8Array;
}

/** The result of a scan of the whole file. */
export interface MatroskaIndex {
  readonly frames: FrameTable;
  /** Byte offsets. */
  readonly clusters: Float64Array;
  /** The byte offset after the last complete frame. A truncated file is used until here. */
  readonly end: number;
  /** Ticks: the greatest timestamp. */
  readonly lastTimestamp: number;
  /** Ticks that the last frame lasts. */
  readonly lastDuration: number;
  /** Seconds from the first frame to the end of the last one. */
  readonly duration: number;
  /** Mutes, as seconds from the first frame: `[from, to]`. */
  readonly gaps: readonly (readonly [from: number, to: number])[];
  /** Whether a cluster has an unknown size or ends after `end`. */
  readonly hasOpenClusters: boolean;
}

/** Reads the chunks of a file, from its first byte on. */
export interface Scanner {
  /** @throws {MatroskaError} unsupported, invalid, too_large. */
  push(chunk: Bytes): void;
  /** @throws {MatroskaError} empty: the chunks do not contain a complete frame. */
  finish(): MatroskaIndex;
}

/** Patches the chunks of a file from a boundary on. The output has as many bytes as the input. */
export interface Patcher {
  /** Changes the chunk in place and returns all bytes that are final; up to 31 bytes are held back for the next call. */
  push(chunk: Bytes): readonly Bytes[];
  /** Returns the bytes that were held back. */
  finish(): readonly Bytes[];
}

/** How a range of a playable file is made of bytes of the recorded file. */
export interface RangePlan {
  /** The first bytes of the range, of a made head; may be empty. */
  readonly prefix: Bytes;
  /** The range of the recorded file to read, or null if no byte of it is needed. */
  readonly source: ByteRange | null;
  /** Converts the next chunk of the source. The chunk may change. Use the whole result before the next call. */
  push(chunk: Bytes): Iterable<Bytes>;
  /** Returns the bytes after the last chunk. Also call it if `source` is null. */
  finish(): Iterable<Bytes>;
}

/** A representation of a recorded file that browsers play. */
export interface PlayableFile {
  /** The media type, for example `video/webm`. */
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** Plans the bytes from `start` to `end` (exclusive); both lie in the file, and `start` is less than `end`. */
  plan(start: number, end: number): Promise<RangePlan>;
}
