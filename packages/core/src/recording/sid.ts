declare const brand: unique symbol;

/** A room's SID: `RM` and 32 hexadecimal digits of either case. */
export type RoomSid = string & { readonly [brand]: 'RoomSid' };

/** A recording's SID: `RT` and 32 hexadecimal digits of either case. */
export type RecordingSid = string & { readonly [brand]: 'RecordingSid' };

/** The two SIDs that identify a recording. */
export interface RecordingRef {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

const ROOM_SID = /^RM[0-9a-fA-F]{32}$/;
const RECORDING_SID = /^RT[0-9a-fA-F]{32}$/;

/**
 * Tells whether a value is a room's SID. A room's unique name is not one: names are reused.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export function isRoomSid(value: unknown): value is RoomSid {
  return typeof value === 'string' && ROOM_SID.test(value);
}

/**
 * Tells whether a value is a recording's SID.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export function isRecordingSid(value: unknown): value is RecordingSid {
  return typeof value === 'string' && RECORDING_SID.test(value);
}

/** Tells whether two SIDs name the same thing: their hexadecimal digits may differ in case. */
export function isSameSid(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
