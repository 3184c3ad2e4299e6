import type { JWTPayload } from 'jose';
import * as v from 'valibot';
import { TOKEN_EXPIRED, tokenInvalid, type Denial } from './verdict.ts';

/** How far ahead an issuer's clock may be, for `nbf` and `iat`, in seconds. There is no tolerance on `exp`. */
export const CLOCK_TOLERANCE = 60;

const INSTANT = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const TIMES = v.object({ exp: INSTANT, nbf: v.optional(INSTANT), iat: v.optional(INSTANT) });

/** When a token was made and when it ends, in seconds since 1970. */
export interface TokenTimes {
  readonly exp: number;
  readonly iat: number | undefined;
}

/**
 * Judges the times of a token whose signature is good: whole seconds, and an end.
 *
 * @param now milliseconds since 1970.
 */
export function judgeTimes(payload: JWTPayload, now: number): TokenTimes | Denial {
  const times = v.safeParse(TIMES, payload);
  if (!times.success) return tokenInvalid('its times are no whole seconds, or it has no end');
  const { exp, nbf = 0, iat } = times.output;
  if (exp * 1000 <= now) return TOKEN_EXPIRED;
  const latest = now / 1000 + CLOCK_TOLERANCE;
  if (nbf > latest || (iat ?? 0) > latest) return tokenInvalid('it is from the future');
  return { exp, iat };
}
