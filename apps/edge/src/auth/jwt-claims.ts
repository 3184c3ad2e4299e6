import type { JWTPayload } from 'jose';
import * as v from 'valibot';
import { TOKEN_EXPIRED, invalidToken, type AuthFailure } from './strategy.ts';

/** How far ahead an issuer's clock may be, for `nbf`, in seconds. `exp` has none, and `iat` is not compared. */
const CLOCK_TOLERANCE = 60;

/**
 * The tolerance that jose is given. It counts in whole seconds, so the exact comparison is left to `judgeTimes`: one second
 * more keeps jose from refusing what that accepts.
 */
export const JOSE_TOLERANCE: number = CLOCK_TOLERANCE + 1;

/** Seconds since 1970, which may have a fraction (RFC 7519, section 2). */
const NUMERIC_DATE = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const TIMES = v.object({
  exp: NUMERIC_DATE,
  nbf: v.optional(NUMERIC_DATE),
  iat: v.optional(NUMERIC_DATE),
});

/** The times of a token, in seconds since 1970. */
export interface TokenTimes {
  readonly exp: number;
  /** The time from which the token's lifetime counts: `iat`, else `nbf`, and never later than now. */
  readonly start: number;
}

/**
 * Judges the times of a token whose signature is good. `exp` is required, `nbf` and `iat` are not.
 *
 * @param now milliseconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function validateTimes(payload: JWTPayload, now: number): TokenTimes | AuthFailure {
  const times = v.safeParse(TIMES, payload);
  if (!times.success) return invalidToken('exp is missing, or exp, nbf or iat is not a number of seconds');
  const { exp, nbf, iat } = times.output;
  if (exp * 1000 <= now) return TOKEN_EXPIRED;
  const seconds = now / 1000;
  if (nbf !== undefined && nbf > seconds + CLOCK_TOLERANCE) return invalidToken('nbf is in the future');
  return { exp, start: Math.min(seconds, iat ?? nbf ?? seconds) };
}
