import { type JWTPayload, errors } from 'jose';
import * as v from 'valibot';
import type { RequiredClaim } from '../config/auth-config.ts';
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

/**
 * The denial that a token deserves whose verification failed.
 *
 * @throws the fault itself where it is none of the token's: the runtime lacks the algorithm, or cannot use the key, and so
 * nothing is known of the token. jose takes a `verify` that throws for a bad signature, which it answers with false.
 */
export function toAuthFailure(fault: unknown): AuthFailure {
  if (fault instanceof errors.JWTExpired) return TOKEN_EXPIRED;
  if (!(fault instanceof errors.JOSEError)) throw fault;
  if (fault instanceof errors.JWSSignatureVerificationFailed && fault.cause instanceof Error)
    throw fault.cause;
  // Which claim it was is ours: one of those that the settings ask for.
  const claim = fault instanceof errors.JWTClaimValidationFailed ? ` ${fault.claim}` : '';
  return invalidToken(fault.code + claim);
}

/**
 * Reads the claim of a name, which may have dots, or else the claim inside others that the dots lead to.
 *
 * @returns undefined if the claims have none of them.
 */
export function getClaim(claims: object, name: string): unknown {
  const entries = new Map<string, unknown>(Object.entries(claims));
  if (entries.has(name)) return entries.get(name);
  const [first = '', ...rest] = name.split('.');
  const inner = entries.get(first);
  const leadsOn = rest.length > 0 && typeof inner === 'object' && inner !== null && !Array.isArray(inner);
  return leadsOn ? getClaim(inner, rest.join('.')) : undefined;
}

/** Characters of a quoted text. Names of rooms are shorter, unless somebody wants to fill the log. */
const MAX_CHARACTERS = 64;

/**
 * Quotes a text of a verified token for the log: shortened, in quotation marks, and with every character escaped that is not
 * visible ASCII. JSON text leaves control characters such as U+009B and U+202E as they are, and a terminal obeys them.
 *
 * @returns at most 64 characters of the text, each as it is or as `\uXXXX`, with `...` behind the quotation mark if it was longer.
 */
export function quoteForLog(text: string): string {
  const quoted = JSON.stringify(text.slice(0, MAX_CHARACTERS)).replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return text.length > MAX_CHARACTERS ? `${quoted}...` : quoted;
}

/**
 * Finds the first required claim that a token's payload does not have.
 *
 * @returns undefined if each claim is the required text, or a list that has it. A number or a boolean matches no text.
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
