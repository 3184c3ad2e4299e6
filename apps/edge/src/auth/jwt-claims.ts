import { type JWTPayload, errors } from 'jose';
import * as v from 'valibot';
import type { RequiredClaim } from '../config/auth-config.ts';
import { TOKEN_EXPIRED, invalidToken, type AuthFailure } from './strategy.ts';

/** Seconds by which `nbf` may be in the future, because the issuer's clock may be ahead. `exp` has no tolerance. */
const CLOCK_TOLERANCE_SECONDS = 60;

/**
 * The `clockTolerance` for jose, seconds. jose compares whole seconds, and `validateTimes` makes the exact comparison afterwards. The
 * extra second prevents jose from rejecting a token that `validateTimes` accepts.
 */
export const JOSE_TOLERANCE: number = CLOCK_TOLERANCE_SECONDS + 1;

/** Seconds since 1970, possibly with a fraction (RFC 7519, section 2). */
const numericDate = v.pipe(v.number(), v.minValue(0), v.maxValue(Number.MAX_SAFE_INTEGER));
const timeClaims = v.object({
  exp: numericDate,
  nbf: v.optional(numericDate),
  iat: v.optional(numericDate),
});

/** The times of a token, seconds since 1970. */
export interface TokenTimes {
  readonly exp: number;
  /** The start of the token's lifetime: `iat`, else `nbf`, but not later than now. */
  readonly start: number;
}

/**
 * Validates the times of a token whose signature is valid. `exp` is required, `nbf` and `iat` are optional.
 *
 * @param now milliseconds since 1970.
 * @see https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4
 */
export function validateTimes(payload: JWTPayload, now: number): TokenTimes | AuthFailure {
  const times = v.safeParse(timeClaims, payload);
  if (!times.success) return invalidToken('exp is missing, or exp, nbf or iat is not a number of seconds');
  const { exp, nbf, iat } = times.output;
  if (exp * 1000 <= now) return TOKEN_EXPIRED;
  const seconds = now / 1000;
  if (nbf !== undefined && nbf > seconds + CLOCK_TOLERANCE_SECONDS)
    return invalidToken('nbf is in the future');
  return { exp, start: Math.min(seconds, iat ?? nbf ?? seconds) };
}

/**
 * Converts an error of jose to the failure of the token that caused it.
 *
 * @throws the error itself if the token did not cause it: the runtime lacks the algorithm or cannot use the key, so the token may be
 * valid. jose reports an error of `crypto.subtle.verify` as an invalid signature with a cause; an invalid signature has no cause.
 */
export function toAuthFailure(error: unknown): AuthFailure {
  if (error instanceof errors.JWTExpired) return TOKEN_EXPIRED;
  if (!(error instanceof errors.JOSEError)) throw error;
  if (error instanceof errors.JWSSignatureVerificationFailed && error.cause instanceof Error)
    throw error.cause;
  // The name of a claim is safe to log: jose names only the claims that the configuration requires.
  const claim = error instanceof errors.JWTClaimValidationFailed ? ` ${error.claim}` : '';
  return invalidToken(error.code + claim);
}

/**
 * Gets a claim by its name, which may contain dots. If there is no such claim, the dots lead to a claim inside other claims.
 *
 * @returns undefined if neither exists.
 */
export function getClaim(claims: object, name: string): unknown {
  const entries = new Map<string, unknown>(Object.entries(claims));
  if (entries.has(name)) return entries.get(name);
  const [first = '', ...rest] = name.split('.');
  const inner = entries.get(first);
  const isNested = rest.length > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return isNested ? getClaim(inner, rest.join('.')) : undefined;
}

/**
 * Finds the first required claim that a payload does not have.
 *
 * @returns undefined if each claim is the required string, or an array that includes it. A number or a boolean does not match.
 */
export function findUnmetClaim(
  payload: object,
  required: readonly RequiredClaim[],
): RequiredClaim | undefined {
  return required.find(({ name, value }) => {
    const claim = getClaim(payload, name);
    return Array.isArray(claim) ? !claim.includes(value) : claim !== value;
  });
}

/** Characters of a quoted text. Real names of rooms are shorter; a longer one could fill the log. */
const MAX_QUOTED_LENGTH = 64;

/**
 * Quotes a text of a verified token for the log: shortened, in quotation marks, with all characters but visible ASCII escaped.
 * `JSON.stringify` does not escape control characters such as U+009B and U+202E, which a terminal obeys.
 *
 * @returns at most 64 characters of the text, each as it is or as `\uXXXX`. `...` follows the quotation mark if the text was longer.
 */
export function quoteForLog(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_QUOTED_LENGTH)).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_QUOTED_LENGTH ? `${quoted}...` : quoted;
}
