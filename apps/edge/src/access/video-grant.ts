import { isRoomSid } from '@room-recordings/core';
import { normalizeSid, type RecordingId } from '../route.ts';
import { quoteForLog } from './quote.ts';
import type { RoomNameResolver } from '../auth/room-name-resolver.ts';
import type { TokenRoomRule } from '../config/auth-config.ts';
import { forbidden, type AuthAttempt } from '../auth/strategy.ts';

/** What a token of Twilio grants. */
export interface VideoGrant {
  /** The SID or the name of a room; undefined for any room. */
  readonly room: string | undefined;
  /** The token itself, to count what it is refused. */
  readonly token: string;
}

const NO_ROOM = forbidden('token grants no room; TWILIO_TOKEN_ROOM=any accepts that for every room');

/** Decides which recordings a grant opens. */
export type MatchRoom = (grant: VideoGrant, id: RecordingId) => AuthAttempt;

/**
 * Compares the granted room with the one that is asked for. A name is compared with the asked room's own, because names are
 * used again for other rooms; what looks like a SID is never taken for a name where SIDs are accepted.
 */
export function roomMatcher(rule: TokenRoomRule, names: RoomNameResolver): MatchRoom {
  return ({ room, token }, { roomSid }) => {
    if (room === undefined) return rule === 'any' ? 'granted' : NO_ROOM;
    if (rule !== 'name' && isRoomSid(room)) {
      return normalizeSid(room) === roomSid
        ? 'granted'
        : forbidden(`token grants room ${room}, not the requested one`);
    }
    if (rule === 'sid') {
      return forbidden(`token grants room name ${quoteForLog(room)}; TWILIO_TOKEN_ROOM=sid compares SIDs`);
    }
    if (names.isKnownAs(roomSid, room)) return 'granted';
    // Also where it is known to have another name: whether it is must not be told.
    return () => names.compare(roomSid, room, token);
  };
}
