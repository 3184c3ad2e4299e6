import type { RecordingRef, RoomRecording } from '@room-recordings/core';
import type { MediaFormat } from './representations.ts';

/** The error of a recording that has no media to serve, whatever its storage has. */
interface MediaUnavailability {
  readonly code: 'media_not_ready' | 'recording_deleted' | 'media_unavailable';
  /** Default: the help text of the code. */
  readonly detail?: string;
}

const FAILED =
  'Twilio could not record this track, so it has no media. The other recordings of the room may have media.';
const DATA = 'The recording is of a data track, which cannot be played. Download it with ?format=original.';

/** Returns the error of a recording that has no media to serve in a format; undefined if its storage may have media. */
export function checkAvailability(
  { status, type }: RoomRecording,
  format: MediaFormat,
): MediaUnavailability | undefined {
  switch (status) {
    case 'processing':
      return { code: 'media_not_ready' };
    case 'deleted':
      return { code: 'recording_deleted' };
    case 'failed':
      return { code: 'media_unavailable', detail: FAILED };
    case 'completed':
      return type === 'data' && format !== 'original'
        ? { code: 'media_unavailable', detail: DATA }
        : undefined;
    default:
      return status satisfies never;
  }
}

/** Returns the media type of the stored file. */
export function toOriginalType({ type }: RoomRecording): string {
  return type === 'data' ? 'application/octet-stream' : `${type}/x-matroska`;
}

/** Characters of a track name in a file name. File systems allow 255 bytes. */
const MAX_NAME_LENGTH = 60;

/** Characters that a file name must not have on some system, control characters, and characters that change the direction of a text. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}"*/:<>?\\|%]+/gu;

/**
 * Formats the Content-Disposition of a download: the SID as the file name, with the name of the track before it where a client
 * reads `filename*`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6266#section-4.3
 */
export function formatDisposition(
  { track_name, container_format }: RoomRecording,
  { sid }: RecordingRef,
): string {
  const file = `${sid}.${container_format}`;
  const characters = Array.from((track_name ?? '').replaceAll(UNSAFE, ' '));
  const name = characters.slice(0, MAX_NAME_LENGTH).join('');
  const plain = `attachment; filename="${file}"`;
  // A leading dot would hide the file.
  const safe = name.replace(/^[.\s]+/, '').trimEnd();
  return safe === '' ? plain : `${plain}; filename*=UTF-8''${encodeExtended(`${safe} ${file}`)}`;
}

/** Encodes a value of RFC 8187 §3.2.1. `encodeURIComponent` leaves four characters that are not allowed there. */
function encodeExtended(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
