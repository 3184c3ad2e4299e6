import { isRoomSid } from '@room-recordings/core';
import { jwtVerify, type JWTHeaderParameters, type JWTPayload } from 'jose';
import { foldSid } from '../route.ts';
import { JOSE_TOLERANCE, judgeTimes } from './claims.ts';
import { keySetOf, KeysUnavailable } from './key-set.ts';
import type { AccessOutside } from './outside.ts';
import { readClaim } from './read-claim.ts';
import { findUnmetClaim } from './required-claims.ts';
import type { JwtSettings } from './settings.ts';
import { denialOf } from './token-fault.ts';
import { tokenWay } from './token-way.ts';
import { forbidden, tokenInvalid, unavailable, type Denial, type Way } from './verdict.ts';

/** The rooms that a token opens. */
type RoomGrant = '*' | ReadonlySet<string>;

/**
 * Access by a token of any issuer that publishes its keys. Issuer, audience, required claims and algorithms are the
 * operator's: nothing that a token says of itself widens them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function jwtWay(settings: JwtSettings, outside: AccessOutside): Way {
  const keySet = keySetOf(settings.jwksUrl, outside);
  return tokenWay<RoomGrant>({
    header: settings.header,
    edition: keySet.edition,
    async verify(token, { cty }) {
      // A token inside a token.
      if (cty?.toLowerCase() === 'jwt') return tokenInvalid('cty is JWT: the token has another token inside');
      let payload: JWTPayload;
      let used = { until: 0, edition: 0 };
      const useKey = async (header: JWTHeaderParameters) => {
        const found = await keySet.find(header);
        used = found;
        return found.key;
      };
      try {
        ({ payload } = await jwtVerify(token, useKey, {
          algorithms: [...settings.algorithms],
          issuer: settings.issuer,
          ...(settings.audience === undefined ? {} : { audience: settings.audience }),
          currentDate: new Date(outside.now()),
          clockTolerance: JOSE_TOLERANCE,
        }));
      } catch (fault) {
        return fault instanceof KeysUnavailable
          ? unavailable(fault.retryAfter, 'the key set is not available')
          : denialOf(fault);
      }
      const now = outside.now();
      const times = judgeTimes(payload, now);
      if ('error' in times) return times;
      const unmet = findUnmetClaim(payload, settings.requiredClaims);
      if (unmet !== undefined) return tokenInvalid(`claim ${unmet.name} is not that of JWT_REQUIRED_CLAIMS`);
      // Not for longer than its key is used: one that the issuer takes away takes its tokens along, however late they came.
      return {
        grant: readRooms(payload, settings.roomClaim),
        from: now,
        until: Math.min(times.exp * 1000, used.until),
        edition: used.edition,
      };
    },
    admit: (rooms, { roomSid }) =>
      rooms === '*' || rooms.has(roomSid) ? 'granted' : otherRooms(rooms, settings),
  });
}

function otherRooms({ size }: ReadonlySet<string>, { roomClaim }: JwtSettings): Denial {
  if (size === 0) return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM names no room by its SID`);
  return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM has ${size} SIDs of other rooms only`);
}

/** A claim that is a SID, a list of SIDs, or `*`; anything else opens nothing. */
function readRooms(payload: JWTPayload, claim: string): RoomGrant {
  const value = readClaim(payload, claim);
  if (value === '*') return '*';
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return new Set(members.filter(isRoomSid).map(foldSid));
}
