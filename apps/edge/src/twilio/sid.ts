import { isRecordingSid, isRoomSid, type RecordingRef, type RoomSid } from '@room-recordings/core';
import { copyString } from '../concurrency/retained-strings.ts';

/** The SID of a room, without a recording. */
export interface RoomRef {
  readonly roomSid: RoomSid;
  readonly sid?: undefined;
}

/** The path of a resource of a room. The SIDs are in lower case; `id` is undefined if a segment is not a SID. */
export type RoomPath =
  | { readonly name: 'recording' | 'media'; readonly id: RecordingRef | undefined }
  | { readonly name: 'list' | 'timeline'; readonly id: RoomRef | undefined };

/**
 * Parses the path of a resource of a room: `/v1/Rooms/{RoomSid}` and `/Recordings`, `/Timeline`, `/Recordings/{Sid}` or
 * `/Recordings/{Sid}/Media`.
 *
 * @param pathname the pathname of a URL after normalization.
 * @returns undefined if the path has another shape.
 */
export function parseRoomPath(pathname: string): RoomPath | undefined {
  const [root, version, rooms, roomSid, resource, sid, media, ...rest] = pathname.split('/');
  if (root !== '' || version !== 'v1' || rooms !== 'Rooms' || !roomSid || rest.length > 0) return undefined;
  if (sid === undefined) {
    if (resource === 'Recordings') return { name: 'list', id: toRoomRef(roomSid) };
    return resource === 'Timeline' ? { name: 'timeline', id: toRoomRef(roomSid) } : undefined;
  }
  if (resource !== 'Recordings' || sid === '') return undefined;
  if (media === undefined) return { name: 'recording', id: toRecordingRef(roomSid, sid) };
  return media === 'Media' ? { name: 'media', id: toRecordingRef(roomSid, sid) } : undefined;
}

function toRoomRef(text: string): RoomRef | undefined {
  // The SID outlives the URL, and a slice would keep all of it alive.
  const roomSid = normalizeSid(copyString(text));
  return isRoomSid(roomSid) ? { roomSid } : undefined;
}

function toRecordingRef(roomText: string, text: string): RecordingRef | undefined {
  const room = toRoomRef(roomText);
  const sid = normalizeSid(copyString(text));
  return room !== undefined && isRecordingSid(sid) ? { roomSid: room.roomSid, sid } : undefined;
}

/** Converts the hexadecimal digits of a SID to lower case. Twilio accepts both cases, and one spelling gives one cache key. */
export function normalizeSid(sid: string): string {
  return sid.slice(0, 2) + sid.slice(2).toLowerCase();
}
