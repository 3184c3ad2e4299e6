import { isRecordingSid, isRoomSid, type RecordingRef } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';

/** A parsed path of a recording. */
interface RecordingPath {
  /** The SIDs in lower case; undefined if a segment is not a SID. */
  readonly id: RecordingRef | undefined;
}

/**
 * Parses the path of a recording, `/v1/Rooms/{RoomSid}/Recordings/{Sid}`.
 *
 * @param pathname the pathname of a URL after normalization.
 * @returns undefined if the path has another shape.
 */
export function parseRecordingPath(pathname: string): RecordingPath | undefined {
  const [root, version, rooms, roomSid, recordings, sid, ...rest] = pathname.split('/');
  if (root !== '' || version !== 'v1' || rooms !== 'Rooms' || recordings !== 'Recordings') return undefined;
  if (!roomSid || !sid || rest.length > 0) return undefined;
  return { id: toRecordingRef(roomSid, sid) };
}

function toRecordingRef(roomSid: string, sid: string): RecordingRef | undefined {
  // The SIDs outlive the URL, and a slice would keep all of it alive.
  const normalized = { roomSid: normalizeSid(copyString(roomSid)), sid: normalizeSid(copyString(sid)) };
  return isRoomSid(normalized.roomSid) && isRecordingSid(normalized.sid)
    ? { roomSid: normalized.roomSid, sid: normalized.sid }
    : undefined;
}

/** Converts the hexadecimal digits of a SID to lower case. Twilio accepts both cases, and one spelling gives one cache key. */
export function normalizeSid(sid: string): string {
  return sid.slice(0, 2) + sid.slice(2).toLowerCase();
}
