import { RecordingsError } from '../errors.ts';

declare const brand: unique symbol;

/** The SID of a room: `RM` and 32 hexadecimal digits of either case. */
export type RoomSid = string & { readonly [brand]: 'RoomSid' };

/** The SID of a recording: `RT` and 32 hexadecimal digits of either case. */
export type RecordingSid = string & { readonly [brand]: 'RecordingSid' };

/** The two SIDs that identify a recording. */
export interface RecordingRef {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

const ROOM_SID = /^RM[0-9a-fA-F]{32}$/;
const RECORDING_SID = /^RT[0-9a-fA-F]{32}$/;

/**
 * Checks whether a value is the SID of a room. A room's unique name is not a SID: rooms share names.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export function isRoomSid(value: unknown): value is RoomSid {
  return typeof value === 'string' && ROOM_SID.test(value);
}

/**
 * Checks whether a value is the SID of a recording.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export function isRecordingSid(value: unknown): value is RecordingSid {
  return typeof value === 'string' && RECORDING_SID.test(value);
}

/**
 * Checks the SID of a room.
 *
 * @throws {RecordingsError} `invalid_sid`: the text is not the SID of a room. The message does not repeat it.
 */
export function toRoomSid(roomSid: string): RoomSid {
  if (isRoomSid(roomSid)) return roomSid;
  throw createSidError('roomSid', 'RM');
}

/**
 * Checks two SIDs.
 *
 * @throws {RecordingsError} `invalid_sid`: one of them is not a SID of its kind. The message does not repeat it.
 */
export function toRecordingRef(roomSid: string, sid: string): RecordingRef {
  const room = toRoomSid(roomSid);
  if (!isRecordingSid(sid)) throw createSidError('sid', 'RT');
  return { roomSid: room, sid };
}

function createSidError(name: string, prefix: string): RecordingsError {
  return new RecordingsError('invalid_sid', `${name} must be ${prefix} and 32 hexadecimal digits.`);
}

/** Checks whether two SIDs are equal. Their hexadecimal digits may differ in case. */
export function isSameSid(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
