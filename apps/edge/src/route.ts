import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from '@room-recordings/core';
import { copyString } from './concurrency/retained-strings.ts';

/** Which recording: both SIDs with their hexadecimal digits in lower case. */
export interface RecordingId {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

/** Where a path leads; `id` is undefined where a segment in a SID's place is none. */
export type Route =
  | { readonly name: 'recording'; readonly id: RecordingId | undefined }
  | { readonly name: 'healthz' }
  | { readonly name: 'readyz' }
  | { readonly name: 'errors' };

/** Finds the route of a normalised pathname; undefined where nothing is. */
export function matchRoute(pathname: string): Route | undefined {
  if (pathname === '/healthz') return { name: 'healthz' };
  if (pathname === '/readyz') return { name: 'readyz' };
  if (pathname === '/errors') return { name: 'errors' };
  const [root, version, rooms, roomSid, recordings, sid, ...rest] = pathname.split('/');
  if (root !== '' || version !== 'v1' || rooms !== 'Rooms' || recordings !== 'Recordings') return undefined;
  if (!roomSid || !sid || rest.length > 0) return undefined;
  return { name: 'recording', id: readId(roomSid, sid) };
}

function readId(roomSid: string, sid: string): RecordingId | undefined {
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
