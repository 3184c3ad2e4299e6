import { isRoomSid } from '@room-recordings/core';
import { jwtVerify, type JWTPayload } from 'jose';
import * as v from 'valibot';
import { copyString } from '../concurrency/retained-strings.ts';
import type { TwilioTokenConfig, TokenRoomRule } from '../config/auth-config.ts';
import type { RecordingRef } from '@room-recordings/core';
import { normalizeSid } from '../twilio/sid.ts';
import { JOSE_TOLERANCE, validateTimes, toAuthFailure, quoteForLog } from './jwt-claims.ts';
import { createRoomNameResolver, type RoomNameResolver } from './room-name-resolver.ts';
import {
  type AuthServices,
  forbidden,
  invalidToken,
  type AuthStrategy,
  type AuthAttempt,
} from './strategy.ts';
import { tokenStrategy } from './token-strategy.ts';

const ALGORITHMS = ['HS256', 'HS384', 'HS512'];

/** The secret is the operator's, and stays the same. */
const EDITION = 0;

/** Twilio issues none for longer, in seconds. Of its helper libraries only Node's says in the token when it was made. */
const MAX_LIFETIME_SECONDS = 86_400;

const NO_VIDEO = forbidden('token has no grants.video, or grants.video.room is not the name of a room');

const GRANTS = v.object({ grants: v.object({ video: v.object({ room: v.optional(v.unknown()) }) }) });

/**
 * Access by the Video Access Token that a Twilio frontend already holds. It is a token to join a room; that it also opens this
 * room's recordings is this edge's rule.
 *
 * @see https://www.twilio.com/docs/iam/access-tokens
 */
export function twilioTokenStrategy(settings: TwilioTokenConfig, outside: AuthServices): AuthStrategy {
  const secret = new TextEncoder().encode(settings.secret());
  const admit = roomMatcher(settings.room, createRoomNameResolver(settings, outside));
  return tokenStrategy<VideoGrant | undefined>({
    header: 'authorization',
    edition: () => EDITION,
    async verify(token, { typ, cty }) {
      if (typ !== 'JWT' || cty !== 'twilio-fpa;v=1')
        return invalidToken('typ is not JWT, or cty is not twilio-fpa;v=1');
      const now = outside.now();
      let payload: JWTPayload;
      try {
        ({ payload } = await jwtVerify(token, secret, {
          algorithms: ALGORITHMS,
          issuer: settings.apiKey,
          subject: settings.accountSid,
          currentDate: new Date(now),
          clockTolerance: JOSE_TOLERANCE,
        }));
      } catch (fault) {
        return toAuthFailure(fault);
      }
      const times = validateTimes(payload, now);
      if ('error' in times) return times;
      const { exp, start } = times;
      if (exp - start > MAX_LIFETIME_SECONDS) return invalidToken('the token lasts longer than a day');
      return { grant: readVideoGrant(payload, token), from: now, until: exp * 1000, edition: EDITION };
    },
    admit: (grant, id) => (grant === undefined ? NO_VIDEO : admit(grant, id)),
  });
}

/** Undefined where the token grants no video, or a room that is none. */
function readVideoGrant(payload: JWTPayload, token: string): VideoGrant | undefined {
  const claims = v.safeParse(GRANTS, payload);
  if (!claims.success) return undefined;
  const { room } = claims.output.grants.video;
  // The token is a slice of its header, and the grant outlives the request. The room is of JSON, whose strings are their own.
  const own = copyString(token);
  if (room === undefined) return { room, token: own };
  return typeof room === 'string' && room !== '' ? { room, token: own } : undefined;
}

/** What a token of Twilio grants. */
interface VideoGrant {
  /** The SID or the name of a room; undefined for any room. */
  readonly room: string | undefined;
  /** The token itself, to count what it is refused. */
  readonly token: string;
}

const NO_ROOM = forbidden('token grants no room; TWILIO_TOKEN_ROOM=any accepts that for every room');

/** Decides which recordings a grant opens. */
type MatchRoom = (grant: VideoGrant, id: RecordingRef) => AuthAttempt;

/**
 * Compares the granted room with the one that is asked for. A name is compared with the asked room's own, because names are
 * used again for other rooms; what looks like a SID is never taken for a name where SIDs are accepted.
 */
function roomMatcher(rule: TokenRoomRule, names: RoomNameResolver): MatchRoom {
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
