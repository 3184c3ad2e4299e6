import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';

/** The SIDs that name a recording, with their hexadecimal digits in lower case. */
export interface RecordingId {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

/** The result of parsing a path of the right shape; `id` is undefined if a segment in the place of a SID is not a SID. */
interface RecordingPath {
  readonly id: RecordingId | undefined;
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
  return { id: toRecordingId(roomSid, sid) };
}

function toRecordingId(roomSid: string, sid: string): RecordingId | undefined {
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
