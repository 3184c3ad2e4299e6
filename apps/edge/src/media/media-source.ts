import { RecordingsError, type RecordingRef } from '@room-recordings/core';
import type { ErrorCode } from '../http/error-codes.ts';

/** A range of bytes. `end` is exclusive, and may be beyond the end of the file. `start` is less than `end`. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** The options of a read of media. */
export interface MediaReadOptions {
  /** Aborts the read, also after `open` has resolved. */
  readonly signal: AbortSignal;
  /** The client that a call to the account is counted for. Default: a client that all such reads share. */
  readonly client?: string | undefined;
  /** The `etag` of an earlier read. If the file has another one, the read fails with the reason `changed`. */
  readonly ifMatch?: string | undefined;
  /** Whether the consumer uses up each chunk before it reads the next one. Default: false, each chunk has memory of its own. */
  readonly reusesMemory?: boolean | undefined;
  /** The `media_external_location` of the recording. Twilio's source reads no such media, and an archive may have a copy. */
  readonly externalLocation?: string | null | undefined;
}

/** Bytes of a stored file. */
export interface StoredRange {
  /**
   * The bytes from `start` to `end`, or to the end of the file. The consumer reads the stream to its end or cancels it. The stream fails if
   * the storage sends fewer bytes or none for some seconds; it never ends early. `toReadError` converts its error.
   */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  /** Bytes of the whole file. */
  readonly size: number;
  /** The ETag of the storage with its quotation marks; null if the storage sent none. */
  readonly etag: string | null;
  /** Whether the owner's key is needed to decrypt the file. */
  readonly encrypted: boolean;
}

/** Opens a range of a recording's file; returns a reason if the file cannot be read. An unknown error is thrown as it is. */
export type OpenStoredRange = (
  id: RecordingRef,
  range: ByteRange,
  options: MediaReadOptions,
) => Promise<StoredRange | 'missing' | 'empty' | 'changed'>;

/** Creates the media source of an archive. */
export function createArchiveMedia(open: OpenStoredRange): MediaSource {
  return {
    async open(id, range, options) {
      let result: Awaited<ReturnType<OpenStoredRange>>;
      try {
        result = await open(id, range, options);
      } catch (error) {
        throw toReadError(error);
      }
      if (typeof result !== 'string') return result;
      if (result !== 'missing') throw new MediaError(result);
      throw options.externalLocation
        ? new MediaError('external')
        : new MediaError('missing', { detail: ARCHIVE_MISSING });
    },
  };
}

const ARCHIVE_MISSING =
  'The archive has no media of this recording. Operator: store it as {RoomSid}/{Sid}, in the folder MEDIA_PATH or in the bucket MEDIA_BUCKET.';

/** Reads the media of recordings as they are stored. */
export interface MediaSource {
  /**
   * Opens a range of a recording's file.
   *
   * @throws {MediaError} in every other case.
   */
  open(id: RecordingRef, range: ByteRange, options: MediaReadOptions): Promise<StoredRange>;
  /**
   * Returns a URL of the file at the storage, which is secret and expires. Undefined if the storage has no such URLs.
   *
   * @throws {MediaError} in every other case.
   */
  readonly link?: (id: RecordingRef, options: Omit<MediaReadOptions, 'ifMatch'>) => Promise<string>;
}

/**
 * The reason why media cannot be read.
 *
 * - `missing`: the storage has no file.
 * - `empty`: the file has no bytes.
 * - `external`: the file is in a bucket of the account's owner.
 * - `encrypted`: the file cannot be played without the owner's key. A source never throws it.
 * - `unreadable`: the file is not one that the edge can convert. A source never throws it.
 * - `changed`: the file is another one than at an earlier read, or is shorter.
 * - `failed`: the file could not be read now; the code gives the cause.
 */
export type MediaErrorReason =
  | 'missing'
  | 'empty'
  | 'external'
  | 'encrypted'
  | 'unreadable'
  | 'changed'
  | 'failed';

const DEFAULTS: Readonly<Record<MediaErrorReason, { readonly code: ErrorCode; readonly detail: string }>> = {
  missing: {
    code: 'media_unavailable',
    detail: 'The storage has no media of this recording.',
  },
  empty: {
    code: 'media_unavailable',
    detail:
      'The media has no frames, because the track was muted for the whole recording. There is nothing to play.',
  },
  external: {
    code: 'media_unavailable',
    detail:
      'Twilio stored the media in a bucket of the account, which this edge cannot read. Download it from the bucket that media_external_location names.',
  },
  encrypted: {
    code: 'media_unavailable',
    detail:
      'The media is encrypted. Download it with ?format=original, and decrypt it with the private key of the account.',
  },
  unreadable: {
    code: 'media_unavailable',
    detail:
      'The media is not a recording that browsers can play. Download it with ?format=original, and open it in a media player.',
  },
  changed: {
    code: 'upstream_error',
    detail: 'The media changed while the edge read it. Retry in a few seconds.',
  },
  failed: {
    code: 'upstream_error',
    detail: 'The storage of the media could not be read. Retry in a few seconds.',
  },
};

/** The parts of a media error that differ from the defaults of its reason. */
interface MediaErrorDetails extends ErrorOptions {
  readonly code?: ErrorCode;
  readonly detail?: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}

/** The error of media that cannot be read. Only `cause` repeats texts of a source. */
export class MediaError extends Error {
  override readonly name = 'MediaError';
  readonly reason: MediaErrorReason;
  readonly code: ErrorCode;
  /** A sentence for the client. */
  readonly detail: string;
  /** Seconds until a retry may succeed; undefined if unknown. */
  readonly retryAfter: number | undefined;

  constructor(reason: MediaErrorReason, details: MediaErrorDetails = {}) {
    const { code = DEFAULTS[reason].code, detail = DEFAULTS[reason].detail, retryAfter } = details;
    super(detail, details);
    this.reason = reason;
    this.code = code;
    this.detail = detail;
    this.retryAfter = retryAfter;
  }
}

/** Converts the error of a stored stream, which the runtime or the storage has caused. */
export function toReadError(cause: unknown): MediaError {
  if (cause instanceof MediaError) return cause;
  const isTimeout = cause instanceof RecordingsError && cause.code === 'timeout';
  return new MediaError('failed', { code: isTimeout ? 'upstream_timeout' : 'upstream_error', cause });
}
