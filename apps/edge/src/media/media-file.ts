import type { RecordingRef } from '@room-recordings/core';
import type { MatroskaErrorCode, MatroskaHead } from '@room-recordings/matroska';
import { MediaError } from './media-source.ts';

/** A recording's file as it is stored. */
export interface MediaFile {
  readonly id: RecordingRef;
  /** Bytes. */
  readonly size: number;
  /** The ETag of the storage; null if the storage does not identify its files. */
  readonly etag: string | null;
  /** Whether the owner's key is needed to decrypt the file. */
  readonly encrypted: boolean;
  /** The head of the file; the code of the reason if it cannot be read, as of a data track; null if the file is encrypted. */
  readonly head: MatroskaHead | MatroskaErrorCode | null;
}

/** A file that can be played. */
export interface ReadableFile extends MediaFile {
  readonly head: MatroskaHead;
}

/** The options of a call that may read from the storage. */
export interface MediaFileOptions {
  /** Aborts the wait when the client leaves. */
  readonly signal: AbortSignal;
  /** The client that calls to the account are counted for. */
  readonly client?: string | undefined;
  /** The `media_external_location` of the recording. */
  readonly externalLocation?: string | null | undefined;
}

/**
 * Returns a file whose head was read.
 *
 * @throws {MediaError} `encrypted`, `empty` or `unreadable` if the file cannot be played.
 */
export function requireHead(file: MediaFile): ReadableFile {
  const { head } = file;
  if (head === null) throw new MediaError('encrypted');
  if (typeof head === 'string') throw toMediaError(head);
  return { ...file, head };
}

/** Returns whether an ETag is weak. Files of equal meaning have the same one, and their bytes cannot be joined (RFC 9110 §8.8.1). */
export function isWeakEtag(etag: string): boolean {
  return etag.startsWith('W/');
}

/** Converts the reason why a file cannot be played. No part of the file's content is repeated. */
export function toMediaError(code: MatroskaErrorCode, cause?: unknown): MediaError {
  return new MediaError(code === 'empty' ? 'empty' : 'unreadable', { cause });
}
