import { isRecordingSid, isRoomSid, type RecordingRef } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';

/**
 * The result of parsing a path of the right shape; `id` is undefined if a segment in the place of a SID is not a SID. The
 * hexadecimal digits of its SIDs are in lower case.
 */
interface RecordingPath {
  readonly id: RecordingRef | undefined;
}

/**
 * Parses the path of a recording, `/v1/Rooms/{RoomSid}/Recordings/{Sid}`.
 *
 * @param pathname a normalised pathname.
 * @returns undefined if the path has another shape.
 */
export function parseRecordingPath(pathname: string): RecordingPath | undefined {
  const [root, version, rooms, roomSid, recordings, sid, ...rest] = pathname.split('/');
  if (root !== '' || version !== 'v1' || rooms !== 'Rooms' || recordings !== 'Recordings') return undefined;
  if (!roomSid || !sid || rest.length > 0) return undefined;
  return { id: toRecordingRef(roomSid, sid) };
}

function toRecordingRef(roomSid: string, sid: string): RecordingRef | undefined {
  // Copies, because the SIDs outlive the URL that they are slices of.
  const normalized = { roomSid: normalizeSid(copyString(roomSid)), sid: normalizeSid(copyString(sid)) };
  return isRoomSid(normalized.roomSid) && isRecordingSid(normalized.sid)
    ? { roomSid: normalized.roomSid, sid: normalized.sid }
    : undefined;
}

/** Converts the hexadecimal digits of a SID to lower case. Twilio accepts either case, and one spelling gives one cache key. */
export function normalizeSid(sid: string): string {
  return sid.slice(0, 2) + sid.slice(2).toLowerCase();
}
