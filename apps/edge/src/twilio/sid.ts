import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';

/** Which recording: both SIDs with their hexadecimal digits in lower case. */
export interface RecordingId {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

export function readId(roomSid: string, sid: string): RecordingId | undefined {
  // Copies, since SIDs are kept for longer than the URL that they are slices of.
  const folded = { roomSid: normalizeSid(copyString(roomSid)), sid: normalizeSid(copyString(sid)) };
  return isRoomSid(folded.roomSid) && isRecordingSid(folded.sid)
    ? { roomSid: folded.roomSid, sid: folded.sid }
    : undefined;
}

/** Twilio reads the digits in either case; one spelling makes one key, one row, one comparison. */
export function normalizeSid(sid: string): string {
  return sid.slice(0, 2) + sid.slice(2).toLowerCase();
}
