import { isRoomSid } from '@room-recordings/core';
import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { JwtConfig } from '../config/auth-config.ts';
import { normalizeSid } from '../twilio/sid.ts';
import { createRemoteJwks, JwksUnavailableError, type FoundKey, type RemoteJwks } from './jwks.ts';
import { JOSE_TOLERANCE, validateTimes, getClaim, toAuthFailure, findUnmetClaim } from './jwt-claims.ts';
import {
  type AuthServices,
  forbidden,
  invalidToken,
  authUnavailable,
  type AuthFailure,
  type AuthStrategy,
} from './strategy.ts';
import { tokenStrategy } from './token-strategy.ts';

/** The rooms that a token opens. */
type RoomGrant = '*' | ReadonlySet<string>;

/**
 * Access by a token of any issuer that publishes its keys. Issuer, audience, required claims and algorithms are the
 * operator's: nothing that a token says of itself widens them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function jwtStrategy(settings: JwtConfig, outside: AuthServices): AuthStrategy {
  const keySet = createRemoteJwks(settings.jwksUrl, outside);
  return tokenStrategy<RoomGrant>({
    header: settings.header,
    edition: keySet.edition,
    async verify(token, { cty }) {
      // A token inside a token.
      if (cty?.toLowerCase() === 'jwt') return invalidToken('cty is JWT: the token has another token inside');
      let verified: VerifiedToken;
      try {
        verified = await verifyByKeySet(token, keySet, {
          algorithms: [...settings.algorithms],
          issuer: settings.issuer,
          ...(settings.audience === undefined ? {} : { audience: settings.audience }),
          currentDate: new Date(outside.now()),
          clockTolerance: JOSE_TOLERANCE,
        });
      } catch (fault) {
        return fault instanceof JwksUnavailableError
          ? authUnavailable(fault.retryAfter, 'the key set is not available')
          : toAuthFailure(fault);
      }
      const { payload, until, edition } = verified;
      const now = outside.now();
      const times = validateTimes(payload, now);
      if ('error' in times) return times;
      const unmet = findUnmetClaim(payload, settings.requiredClaims);
      if (unmet !== undefined) return invalidToken(`claim ${unmet.name} is not that of JWT_REQUIRED_CLAIMS`);
      // Not for longer than its key is used: one that the issuer takes away takes its tokens along, however late they came.
      return {
        grant: readRooms(payload, settings.roomClaim),
        from: now,
        until: Math.min(times.exp * 1000, until),
        edition,
      };
    },
    admit: (rooms, { roomSid }) =>
      rooms === '*' || rooms.has(roomSid) ? 'granted' : otherRooms(rooms, settings),
  });
}

/** The claims of a verified token, and how long its key allows the edge to remember it. */
interface VerifiedToken extends KeyLimits {
  readonly payload: JWTPayload;
}

type KeyLimits = Pick<FoundKey, 'until' | 'edition'>;

const findNoKey = async (): Promise<FoundKey | undefined> => undefined;

/** Verifies a token, and once more if its `kid` did not select the key and the issuer has published other keys since. */
async function verifyByKeySet(
  token: string,
  keySet: RemoteJwks,
  options: JWTVerifyOptions,
): Promise<VerifiedToken> {
  let limits: KeyLimits = { until: 0, edition: 0 };
  let findNewer = findNoKey;
  const verify = async (find: RemoteJwks['find']): Promise<VerifiedToken> => {
    const useKey = async (header: JWTHeaderParameters) => {
      const found = await find(header);
      limits = found;
      if (!found.isNamed) findNewer = () => keySet.findNewer(header, found);
      return found.key;
    };
    const { payload } = await jwtVerify(token, useKey, options);
    return { payload, until: limits.until, edition: limits.edition };
  };
  try {
    return await verify(keySet.find);
  } catch (fault) {
    const newer = fault instanceof errors.JWSSignatureVerificationFailed ? await findNewer() : undefined;
    if (newer === undefined) throw fault;
    return verify(async () => newer);
  }
}

function otherRooms({ size }: ReadonlySet<string>, { roomClaim }: JwtConfig): AuthFailure {
  if (size === 0) return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM names no room by its SID`);
  return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM has ${size} SIDs of other rooms only`);
}

/** A claim that is a SID, a list of SIDs, or `*`; anything else opens nothing. */
function readRooms(payload: JWTPayload, claim: string): RoomGrant {
  const value = getClaim(payload, claim);
  if (value === '*') return '*';
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return new Set(members.filter(isRoomSid).map(normalizeSid));
}
