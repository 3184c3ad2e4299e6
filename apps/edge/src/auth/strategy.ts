import type { Sleep } from '@room-recordings/http-cache';
import { fingerprint } from '../concurrency/retained-strings.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import type { PendingLimitError } from '../http/pending-request-limiter.ts';
import type { FetchFunction, HttpRequest } from '../http/types.ts';
import type { Logger } from '../logging.ts';
import type { ReadTarget } from '../routes/router.ts';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

/**
 * Authorizes a request by one kind of credential. A strategy returns its result synchronously if the credential was verified before.
 *
 * @param now milliseconds since 1970.
 */
export type AuthStrategy = (request: HttpRequest, target: ReadTarget, now: number) => AuthAttempt;

/** The result of a strategy, or a function that computes it if the result needs a wait. */
export type AuthAttempt = AuthResult | PendingAuth;

/**
 * Computes the result of a strategy.
 *
 * @param requestId the request's id in the log entries of the calls that it causes.
 */
export type PendingAuth = (requestId: string) => Promise<AuthResult>;

/** The result of a strategy; `no-credentials` if the request has no credential of its kind. */
export type AuthResult = Granted | AuthFailure | 'no-credentials';

/** The result of a credential that grants the resource. */
export interface Granted {
  /** The fingerprint of the credential, so that its calls can be counted. The credential cannot be computed from it. */
  readonly credential: string;
  /** The end of the credential, seconds since 1970, possibly with a fraction. */
  readonly expiresAt: number;
}

/** The result of a credential that does not grant the resource. */
export interface AuthFailure {
  readonly error: Extract<
    ErrorCode,
    'token_invalid' | 'token_expired' | 'forbidden' | 'signature_invalid' | 'url_expired' | 'auth_unavailable'
  >;
  /** Seconds until the client may retry; only with `auth_unavailable`. */
  readonly retryAfter?: number;
  /**
   * The reason for the operator's log at level `debug`. Clients do not receive it. It consists of fixed texts and error codes of
   * jose. The one part of a credential in it is the room name of a verified token, quoted by `quoteForLog`.
   */
  readonly reason: string;
}

/** Returns whether a strategy grants the resource. */
export function isGranted(result: AuthResult): result is Granted {
  return typeof result === 'object' && 'credential' in result;
}

export const TOKEN_EXPIRED: AuthFailure = { error: 'token_expired', reason: 'exp has passed' };

/** Creates the failure of a valid credential that grants other resources only. */
export function forbidden(reason: string): AuthFailure {
  return { error: 'forbidden', reason };
}

/** Creates the failure of a token that is not valid, or that this edge does not accept. */
export function invalidToken(reason: string): AuthFailure {
  return { error: 'token_invalid', reason };
}

/**
 * Creates the failure of a credential that cannot be checked now. Access is never granted in that case.
 *
 * @param retryAfter seconds; rounded up, at least 1.
 */
export function authUnavailable(retryAfter: number, reason: string): AuthFailure {
  return { error: 'auth_unavailable', retryAfter: Math.max(1, Math.ceil(retryAfter)), reason };
}

/** The services that authorization uses. */
export interface AuthServices {
  /** Fetches key sets and rooms. */
  readonly fetch: FetchFunction;
  /** The wall clock, milliseconds since 1970. */
  readonly now: () => number;
  /** A clock for durations, milliseconds, which never goes back. */
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  /** The limits of the Twilio account, which room lookups share with the reads of recordings. */
  readonly account: AccountLimits;
  /** Keeps the runtime awake for a shared call that outlives the request that started it. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Returns the error of a request that may not wait for a decision. Default: every request may wait. */
  readonly checkPendingLimit?: (
    request: HttpRequest,
    getRemoteAddress?: GetRemoteAddress,
  ) => PendingLimitError | undefined;
  readonly logger: Logger;
}

/**
 * Computes a short name for a token, so that its calls can be counted. The signature is left out: from an ECDSA signature anyone can
 * compute a second one for the same token.
 */
export function tokenFingerprint(token: string): string {
  return `token ${fingerprint(token.slice(0, token.lastIndexOf('.')))}`;
}

/**
 * Computes a short name for a signed URL from its signature, because the rest of the URL has several spellings.
 *
 * @param search the query with its question mark.
 */
export function signedUrlFingerprint(search: string): string {
  const signature = new URLSearchParams(search).get('signature') ?? '';
  return `url ${fingerprint(signature)}`;
}
