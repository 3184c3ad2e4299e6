import { isRoomSid } from '@room-recordings/core';
import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload, type JWTVerifyOptions } from 'jose';
import { foldSid } from '../route.ts';
import { JOSE_TOLERANCE, judgeTimes } from './claims.ts';
import { keySetOf, KeysUnavailable, type FoundKey, type KeySet } from './key-set.ts';
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
        return fault instanceof KeysUnavailable
          ? unavailable(fault.retryAfter, 'the key set is not available')
          : denialOf(fault);
      }
      const { payload, until, edition } = verified;
      const now = outside.now();
      const times = judgeTimes(payload, now);
      if ('error' in times) return times;
      const unmet = findUnmetClaim(payload, settings.requiredClaims);
      if (unmet !== undefined) return tokenInvalid(`claim ${unmet.name} is not that of JWT_REQUIRED_CLAIMS`);
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
  keySet: KeySet,
  options: JWTVerifyOptions,
): Promise<VerifiedToken> {
  let limits: KeyLimits = { until: 0, edition: 0 };
  let findNewer = findNoKey;
  const verify = async (find: KeySet['find']): Promise<VerifiedToken> => {
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
