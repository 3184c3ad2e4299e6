import { isRoomSid, type RecordingRef } from '@room-recordings/core';
import { jwtVerify, type JWTPayload } from 'jose';
import * as v from 'valibot';
import { copyString } from '../concurrency/retained-strings.ts';
import type { TwilioTokenConfig, TokenRoomRule } from '../config/auth-config.ts';
import { normalizeSid } from '../twilio/sid.ts';
import { JOSE_TOLERANCE, validateTimes, toAuthFailure, quoteForLog } from './jwt-claims.ts';
import { createRoomNameResolver, type RoomNameResolver } from './room-name-resolver.ts';
import { type AuthServices, forbidden, invalidToken, type AuthStrategy } from './strategy.ts';
import { createTokenStrategy, type RoomAttempt } from './token-strategy.ts';

const ALGORITHMS = ['HS256', 'HS384', 'HS512'];

/** The API secret is configured and does not change while the process runs. */
const KEY_VERSION = 0;

/** The longest lifetime that Twilio allows, seconds. Of its helper libraries only the one for Node sets `iat`. */
const MAX_LIFETIME_SECONDS = 86_400;

const NO_VIDEO_GRANT = forbidden('grants.video is missing, or grants.video.room is not a room');
const NO_ROOM = forbidden('grants.video.room is missing; TWILIO_TOKEN_ROOM=any accepts that for every room');

const grantsClaim = v.object({
  grants: v.object({ video: v.object({ room: v.optional(v.unknown()) }) }),
});

/** The video grant of a token. */
interface VideoGrant {
  /** The SID or the name of a room; undefined for every room. */
  readonly room: string | undefined;
  /** The token itself, the key of its enumeration limit. */
  readonly token: string;
}

/**
 * Creates the strategy for Video Access Tokens of Twilio, which a Twilio frontend already has. Twilio issues them for joining a room;
 * that they also grant the recordings of the room is a rule of this edge.
 *
 * @see https://www.twilio.com/docs/iam/access-tokens
 */
export function createTwilioTokenStrategy(config: TwilioTokenConfig, services: AuthServices): AuthStrategy {
  const secret = new TextEncoder().encode(config.secret());
  const matchRoom = createRoomMatcher(config.room, createRoomNameResolver(config, services));
  return createTokenStrategy<VideoGrant | undefined>({
    header: 'authorization',
    keyVersion: () => KEY_VERSION,
    async verify(token, { typ, cty }) {
      if (typ !== 'JWT' || cty !== 'twilio-fpa;v=1')
        return invalidToken('typ is not JWT, or cty is not twilio-fpa;v=1');
      const now = services.now();
      let payload: JWTPayload;
      try {
        ({ payload } = await jwtVerify(token, secret, {
          algorithms: ALGORITHMS,
          issuer: config.apiKey,
          subject: config.accountSid,
          currentDate: new Date(now),
          clockTolerance: JOSE_TOLERANCE,
        }));
      } catch (error) {
        return toAuthFailure(error);
      }
      const times = validateTimes(payload, now);
      if ('error' in times) return times;
      const { exp, start } = times;
      if (exp - start > MAX_LIFETIME_SECONDS) return invalidToken('the token lasts longer than a day');
      return {
        grant: parseVideoGrant(payload, token),
        verifiedAt: now,
        validUntil: exp * 1000,
        expiresAt: exp,
        keyVersion: KEY_VERSION,
      };
    },
    authorizeRoom: (grant, id) => (grant === undefined ? NO_VIDEO_GRANT : matchRoom(grant, id)),
  });
}

/** Parses the video grant; undefined if the token has no such grant, or if its room is not a string or is empty. */
function parseVideoGrant(payload: JWTPayload, token: string): VideoGrant | undefined {
  const claims = v.safeParse(grantsClaim, payload);
  if (!claims.success) return undefined;
  const { room } = claims.output.grants.video;
  // The grant outlives the request, and the token is a slice of a header. Strings that JSON.parse returns are not slices.
  const ownToken = copyString(token);
  if (room === undefined) return { room, token: ownToken };
  return typeof room === 'string' && room !== '' ? { room, token: ownToken } : undefined;
}

/** Decides whether a grant includes the room of a resource. */
type MatchRoom = (grant: VideoGrant, id: Pick<RecordingRef, 'roomSid'>) => RoomAttempt;

/**
 * Creates the comparison of a granted room with the requested room. A granted name is compared with the name of the requested room,
 * because Twilio allows the same name for several rooms. Unless the rule is `name`, a text with the form of a SID is not a name.
 */
function createRoomMatcher(rule: TokenRoomRule, names: RoomNameResolver): MatchRoom {
  return ({ room, token }, { roomSid }) => {
    if (room === undefined) return rule === 'any' ? 'granted' : NO_ROOM;
    if (rule !== 'name' && isRoomSid(room)) {
      return normalizeSid(room) === roomSid
        ? 'granted'
        : forbidden(`the token grants room ${room}, not the requested one`);
    }
    if (rule === 'sid') {
      return forbidden(
        `the token grants the room name ${quoteForLog(room)}; TWILIO_TOKEN_ROOM=sid compares SIDs`,
      );
    }
    if (names.isCachedAs(roomSid, room)) return 'granted';
    // Also if another name is cached: the response must not reveal whether the room's name is cached.
    return (requestId) => names.matchesName(roomSid, room, token, requestId);
  };
}
