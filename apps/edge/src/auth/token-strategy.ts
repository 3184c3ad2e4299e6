import type { RecordingRef } from '@room-recordings/core';
import { type ProtectedHeaderParameters, decodeProtectedHeader } from 'jose';
import { ExpiringCache } from '../concurrency/two-generation-cache.ts';
import type { HttpRequest } from '../http/types.ts';
import {
  tokenFingerprint,
  invalidToken,
  type AuthFailure,
  type Granted,
  type AuthAttempt,
  type AuthResult,
  type AuthStrategy,
} from './strategy.ts';

/** The verification and authorization of one kind of token. */
export interface TokenVerifier<Grant> {
  /** The lower-case name of the header that holds the token. */
  readonly header: string;
  /** Verifies the signature and the claims of a token in compact form. */
  readonly verify: (
    token: string,
    header: ProtectedHeaderParameters,
    requestId: string,
  ) => Promise<VerifiedToken<Grant> | AuthFailure>;
  /** Returns the version of the keys in use now. */
  readonly keyVersion: () => number;
  /** Decides whether a grant includes a room. */
  readonly authorizeRoom: (grant: Grant, id: Pick<RecordingRef, 'roomSid'>) => RoomAttempt;
}

/** The result of a verification. It may be reused from `verifiedAt` until `validUntil` while `keyVersion` is the current one. */
interface VerifiedToken<Grant> {
  readonly grant: Grant;
  /** Milliseconds since 1970. If the clock is set back before this time, the token is verified again. */
  readonly verifiedAt: number;
  /** Milliseconds since 1970. */
  readonly validUntil: number;
  /** The end of the token itself, seconds since 1970, possibly with a fraction. */
  readonly expiresAt: number;
  /** The version of the keys that verified the token. */
  readonly keyVersion: number;
}

/** Whether a token grants a room. */
export type RoomResult = 'granted' | AuthFailure;

/** A result, or a function that computes it if the result needs a wait. */
export type RoomAttempt = RoomResult | ((requestId: string) => Promise<RoomResult>);

/** A verified token and its result, which is created once because each cache hit returns it. */
interface CachedToken<Grant> {
  readonly verified: VerifiedToken<Grant>;
  readonly granted: Granted;
}

/**
 * Creates a strategy for one kind of token. A token that was verified before costs one lookup. The key of that lookup is the
 * normalized header, so that extra spaces or the case of the scheme do not cause another verification.
 */
export function createTokenStrategy<Grant>({
  header,
  verify,
  keyVersion,
  authorizeRoom,
}: TokenVerifier<Grant>): AuthStrategy {
  const extractHeader = createHeaderExtractor(header);
  const cache = new ExpiringCache<CachedToken<Grant>>();
  const getCached = (headerValue: string, now: number): CachedToken<Grant> | undefined => {
    const cached = cache.get(headerValue, now);
    if (cached === undefined) return undefined;
    const { verified } = cached;
    return now >= verified.verifiedAt && verified.keyVersion === keyVersion() ? cached : undefined;
  };
  const authorize = (
    { verified, granted }: CachedToken<Grant>,
    id: Pick<RecordingRef, 'roomSid'>,
  ): AuthAttempt => {
    const attempt = authorizeRoom(verified.grant, id);
    if (typeof attempt === 'function')
      return async (requestId) => toAuthResult(await attempt(requestId), granted);
    return toAuthResult(attempt, granted);
  };
  return (request, { id, search }, now) => {
    const headerValue = extractHeader(request);
    if (headerValue === undefined) return 'no-credentials';
    if (hasTokenInQuery(search))
      return invalidToken('the query has access_token beside the token of the header');
    const exact = getCached(headerValue, now);
    if (exact !== undefined) return authorize(exact, id);
    const token = extractToken(headerValue, header) ?? '';
    const normalized = formatAuthorization(token, header);
    const cached = normalized === headerValue ? undefined : getCached(normalized, now);
    if (cached !== undefined) return authorize(cached, id);
    const jwsHeader = parseJwsHeader(token);
    if (jwsHeader === undefined)
      return invalidToken('the token is not a JWS in compact form, or its header has a forbidden member');
    return async (requestId) => {
      const verified = await verify(token, jwsHeader, requestId);
      if ('error' in verified) return verified;
      const entry = {
        verified,
        granted: { credential: tokenFingerprint(token), expiresAt: verified.expiresAt },
      };
      cache.set(normalized, entry, verified.validUntil);
      const attempt = authorize(entry, id);
      return typeof attempt === 'function' ? attempt(requestId) : attempt;
    };
  };
}

function toAuthResult(result: RoomResult, granted: Granted): AuthResult {
  return result === 'granted' ? granted : result;
}

/** Bearer and one token68 (RFC 9110, section 11.2). The scheme is case-insensitive. */
const BEARER = /^bearer +(?<token>[A-Za-z0-9._~+/=-]+) *$/i;
const BEARER_SCHEME = /^bearer(?: |$)/i;

/** Reads the header that may hold a token; undefined if the request has no token. */
type ExtractHeader = (request: HttpRequest) => string | undefined;

/**
 * Creates the function that reads the header of a token. `Authorization` counts only with the scheme Bearer.
 *
 * @param name the lower-case name of the header.
 */
export function createHeaderExtractor(name: string): ExtractHeader {
  if (name !== 'authorization') return ({ headers }) => headers.get(name) ?? undefined;
  return ({ headers }) => {
    const value = headers.get(name);
    return typeof value === 'string' && BEARER_SCHEME.test(value) ? value : undefined;
  };
}

/**
 * Extracts the token from the value of its header.
 *
 * @returns undefined if the value is not a single token, for example two headers that were joined.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function extractToken(value: string, name: string): string | undefined {
  return name === 'authorization' ? BEARER.exec(value)?.groups?.['token'] : value;
}

/** Formats the normalized value of a token's header: one spelling for each token. */
function formatAuthorization(token: string, name: string): string {
  return name === 'authorization' ? `Bearer ${token}` : token;
}

/** Returns whether the query has a token as well. A request must not send two tokens (RFC 6750, section 2). */
export function hasTokenInQuery(search: string): boolean {
  return search !== '' && new URLSearchParams(search).has('access_token');
}

/** Characters. Node limits all headers of a request to 16 KiB together. */
const MAX_TOKEN_LENGTH = 8_192;

const COMPACT_FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/;

/** Base64url endings whose unused bits are zero, by the number of characters in the last group of four. */
const CANONICAL_ENDINGS = [/$/, /^$/, /[AQgw]$/, /[AEIMQUYcgkosw048]$/] as const;

/** Members that contain or locate the sender's own key, or that change the meaning of the other parts. Tokens with them are rejected. */
const FORBIDDEN_PARAMETERS = ['jku', 'jwk', 'x5u', 'x5c', 'b64', 'zip', 'enc', 'crit'];

/** Members that must be strings if they are present: the types of jose promise that, but jose does not check it. */
const STRING_PARAMETERS = ['typ', 'cty', 'alg', 'kid'] as const;

/**
 * Parses the header of a JWS in compact form. Only canonical base64url is accepted: decoders ignore spaces, padding and unused bits,
 * but each token must have one spelling.
 *
 * @returns undefined if the token is not in compact form, or if its header has a forbidden member.
 * @see https://www.rfc-editor.org/rfc/rfc7515#section-7.1
 */
export function parseJwsHeader(token: string): ProtectedHeaderParameters | undefined {
  if (token.length > MAX_TOKEN_LENGTH) return undefined;
  const parts = COMPACT_FORM.exec(token)?.slice(1) ?? [];
  if (parts.length === 0 || !parts.every(isCanonical)) return undefined;
  try {
    const header = decodeProtectedHeader(token);
    if (FORBIDDEN_PARAMETERS.some((name) => Object.hasOwn(header, name))) return undefined;
    return STRING_PARAMETERS.every((name) => isStringOrAbsent(header[name])) ? header : undefined;
  } catch {
    return undefined;
  }
}

/** `null` is rejected as well: the member is present and not a string. */
function isStringOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string';
}

function isCanonical(part: string): boolean {
  return (CANONICAL_ENDINGS[part.length % 4] ?? /^$/).test(part);
}
