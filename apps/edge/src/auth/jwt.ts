import { isRoomSid } from '@room-recordings/core';
import { errors, jwtVerify, type JWTHeaderParameters, type JWTPayload, type JWTVerifyOptions } from 'jose';
import type { JwtConfig } from '../config/auth-config.ts';
import { normalizeSid } from '../twilio/sid.ts';
import { createRemoteJwks, JwksUnavailableError, type RemoteKey, type RemoteJwks } from './jwks.ts';
import { JOSE_TOLERANCE, validateTimes, getClaim, toAuthFailure, findUnmetClaim } from './jwt-claims.ts';
import {
  type AuthServices,
  forbidden,
  invalidToken,
  authUnavailable,
  type AuthFailure,
  type AuthStrategy,
} from './strategy.ts';
import { createTokenStrategy } from './token-strategy.ts';

/** The rooms that a token grants. */
type RoomGrant = '*' | ReadonlySet<string>;

/**
 * Creates the strategy for the tokens of an issuer that publishes its keys. The configuration alone decides issuer, audience, required
 * claims and algorithms; a token cannot widen them.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8725
 */
export function createJwtStrategy(config: JwtConfig, services: AuthServices): AuthStrategy {
  const jwks = createRemoteJwks(config.jwksUrl, services);
  return createTokenStrategy<RoomGrant>({
    header: config.header,
    keyVersion: jwks.keyVersion,
    async verify(token, { cty }, requestId) {
      if (cty?.toLowerCase() === 'jwt') return invalidToken('cty is JWT: the token contains another token');
      let verified: VerifiedPayload;
      try {
        verified = await verifyWithJwks(token, jwks, requestId, {
          algorithms: [...config.algorithms],
          issuer: config.issuer,
          ...(config.audience === undefined ? {} : { audience: config.audience }),
          currentDate: new Date(services.now()),
          clockTolerance: JOSE_TOLERANCE,
        });
      } catch (error) {
        return error instanceof JwksUnavailableError
          ? authUnavailable(error.retryAfter, 'the JWKS is not available')
          : toAuthFailure(error);
      }
      const { payload, validUntil, keyVersion } = verified;
      const now = services.now();
      const times = validateTimes(payload, now);
      if ('error' in times) return times;
      const unmet = findUnmetClaim(payload, config.requiredClaims);
      if (unmet !== undefined)
        return invalidToken(`claim ${unmet.name} does not have the value of JWT_REQUIRED_CLAIMS`);
      return {
        grant: parseRoomClaim(payload, config.roomClaim),
        verifiedAt: now,
        // Not longer than the key is valid, so that removing a key from the JWKS also invalidates the cached tokens.
        validUntil: Math.min(times.exp * 1000, validUntil),
        expiresAt: times.exp,
        keyVersion,
      };
    },
    authorizeRoom: (rooms, { roomSid }) =>
      rooms === '*' || rooms.has(roomSid) ? 'granted' : otherRooms(rooms, config),
  });
}

/** The claims of a verified token, and the limits of the key that verified it. */
interface VerifiedPayload extends KeyLimits {
  readonly payload: JWTPayload;
}

type KeyLimits = Pick<RemoteKey, 'validUntil' | 'keyVersion'>;

const noNewerKey = async (): Promise<RemoteKey | undefined> => undefined;

/** Verifies a token, and verifies it again if its `kid` did not select the key and the issuer has changed its JWKS. */
async function verifyWithJwks(
  token: string,
  jwks: RemoteJwks,
  requestId: string,
  options: JWTVerifyOptions,
): Promise<VerifiedPayload> {
  let limits: KeyLimits = { validUntil: 0, keyVersion: 0 };
  let getNewerKey = noNewerKey;
  const verify = async (getKey: RemoteJwks['getKey']): Promise<VerifiedPayload> => {
    const resolveKey = async (header: JWTHeaderParameters) => {
      const found = await getKey(header, requestId);
      limits = found;
      if (!found.matchedKid) getNewerKey = () => jwks.getNewerKey(header, found, requestId);
      return found.key;
    };
    const { payload } = await jwtVerify(token, resolveKey, options);
    return { payload, validUntil: limits.validUntil, keyVersion: limits.keyVersion };
  };
  try {
    return await verify(jwks.getKey);
  } catch (error) {
    const newer = error instanceof errors.JWSSignatureVerificationFailed ? await getNewerKey() : undefined;
    if (newer === undefined) throw error;
    return verify(async () => newer);
  }
}

function otherRooms({ size }: ReadonlySet<string>, { roomClaim }: JwtConfig): AuthFailure {
  if (size === 0) return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM does not have the SID of a room`);
  return forbidden(`claim ${roomClaim} of JWT_ROOM_CLAIM has ${size} SIDs of other rooms only`);
}

/** Parses the room claim: a SID, an array of SIDs, or `*`. Any other value grants nothing. */
function parseRoomClaim(payload: JWTPayload, name: string): RoomGrant {
  const value = getClaim(payload, name);
  if (value === '*') return '*';
  const members: readonly unknown[] = Array.isArray(value) ? value : [value];
  return new Set(members.filter(isRoomSid).map(normalizeSid));
}
