import type { RecordingRef } from '@room-recordings/core';
import {
  createMp4File,
  createOpusFile,
  createPatchedFile,
  createWavFile,
  createWebmFile,
  MatroskaError,
  mayHaveGaps,
  type MatroskaHead,
  type MatroskaIndex,
  type PlayableFile,
} from '@room-recordings/matroska';
import { strongEtag } from '../recordings/serialize.ts';
import {
  isWeakEtag,
  requireHead,
  toMediaError,
  type MediaFile,
  type MediaFileOptions,
} from './media-file.ts';
import { readStored, type MediaFiles } from './media-files.ts';
import type { MediaSource } from './media-source.ts';

/** The formats that a client selects: one that plays, the recorded Matroska file made playable in place, and the stored bytes. */
export type MediaFormat = 'playable' | 'matroska' | 'original';

/**
 * How the bytes of a representation are made. `mp4`, `opus`, `wav` and `webm` have a made head, for which the whole file is scanned. In
 * `opus` and `wav`, the gaps of a sound have silence.
 */
type Conversion = 'patch' | ScannedConversion | 'original';

type ScannedConversion = 'mp4' | 'opus' | 'wav' | 'webm';

/** A representation of a recording's media. */
interface Representation {
  readonly stored: MediaFile;
  /** A strong ETag; null if the storage does not identify the bytes of its files, because they may then change behind an ETag. */
  readonly etag: string | null;
  /**
   * Returns the bytes of the representation, after a scan of the whole file if it needs one.
   *
   * @throws {MediaError} if the file cannot be read or converted.
   */
  load(): Promise<PlayableFile>;
}

/** The options of `find`. */
interface RepresentationOptions extends MediaFileOptions {
  /** The media type of the stored file. */
  readonly originalType: string;
}

/**
 * Finds a representation.
 *
 * @throws {MediaError} if the file cannot be read or played.
 */
export type FindRepresentation = (
  id: RecordingRef,
  format: MediaFormat,
  options: RepresentationOptions,
) => Promise<Representation>;

/** The services of representations. */
interface RepresentationServices {
  readonly source: MediaSource;
  readonly files: MediaFiles;
  /** Bytes of the largest file that is scanned. */
  readonly scanMaxBytes: number;
}

/** The version of the bytes that this edge makes. A change of `packages/matroska` that changes bytes changes the version. */
const BYTES_VERSION = 1;

/** Creates the representations of a source's files. */
export function createRepresentations({
  source,
  files,
  scanMaxBytes,
}: RepresentationServices): FindRepresentation {
  /** A made head has some hundred kilobytes, so each index has one. */
  const converted = new WeakMap<MatroskaIndex, PlayableFile>();

  return async (id, format, options) => {
    const stored = await files.find(id, options);
    if (format === 'original') {
      const load = () => Promise.resolve(createOriginalFile(stored, options.originalType));
      return { stored, etag: await createEtag(stored, 'original'), load };
    }
    const file = requireHead(stored);
    const conversion = selectConversion(file.head, format, scanMaxBytes);
    return {
      stored,
      etag: await createEtag(stored, conversion),
      async load() {
        if (conversion === 'patch') {
          const read = (start: number, end: number) => readStored(source, stored, { start, end }, options);
          return createInPlaceFile(file.head, format, read);
        }
        const index = await files.scan(file, options);
        const known = converted.get(index);
        if (known !== undefined) return known;
        const playable = convert(conversion, file.head, index);
        converted.set(index, playable);
        return playable;
      },
    };
  };
}

type PlayableFormat = Exclude<MediaFormat, 'original'>;

function selectConversion(
  head: MatroskaHead,
  format: PlayableFormat,
  scanMaxBytes: number,
): Exclude<Conversion, 'original'> {
  const { codec, cues, duration, size } = head;
  if (format === 'matroska' || size > scanMaxBytes) return 'patch';
  if (codec === 'H264') return 'mp4';
  if (codec === 'PCMU') return 'wav';
  // A player finds its way through a file with Cues and a Duration. Without a Duration, Chromium takes the track for endless at first.
  const isComplete = cues !== null && duration !== null;
  if (codec === 'OPUS') return isComplete && !mayHaveGaps(head) ? 'patch' : 'opus';
  return isComplete ? 'patch' : 'webm';
}

const CONVERTERS: Readonly<
  Record<ScannedConversion, (head: MatroskaHead, index: MatroskaIndex) => PlayableFile>
> = { mp4: createMp4File, opus: createOpusFile, wav: createWavFile, webm: createWebmFile };

function convert(conversion: ScannedConversion, head: MatroskaHead, index: MatroskaIndex): PlayableFile {
  try {
    return CONVERTERS[conversion](head, index);
  } catch (error) {
    throw error instanceof MatroskaError ? toMediaError(error.code, error) : error;
  }
}

/** Creates the file that is patched in place. A file that is too large for the scan which it needs is served as Matroska. */
function createInPlaceFile(
  head: MatroskaHead,
  format: PlayableFormat,
  read: Parameters<typeof createPatchedFile>[1],
): PlayableFile {
  const file = createPatchedFile(head, read);
  return format === 'playable' && head.cues === null
    ? { ...file, type: file.type.replace('/webm', '/x-matroska') }
    : file;
}

function createOriginalFile({ size }: MediaFile, type: string): PlayableFile {
  return {
    type,
    size,
    plan: (start, end) =>
      Promise.resolve({
        prefix: new Uint8Array(),
        source: { start, end },
        push: (chunk) => [chunk],
        finish: () => [],
      }),
  };
}

/** Computes the ETag of a representation. The ETag of the storage cannot be read from it. */
async function createEtag({ id, size, etag }: MediaFile, conversion: Conversion): Promise<string | null> {
  if (etag === null || isWeakEtag(etag)) return null;
  return strongEtag([BYTES_VERSION, conversion, id.sid, size, etag].join('\n'));
}
