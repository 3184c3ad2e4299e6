import type { HttpRequest } from '../http/types.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import type { RecordingTarget } from '../routes/router.ts';

/** Why what was presented does not open a recording. */
export interface AuthFailure {
  readonly error: Extract<
    ErrorCode,
    'token_invalid' | 'token_expired' | 'forbidden' | 'signature_invalid' | 'url_expired' | 'auth_unavailable'
  >;
  /** Seconds, for `auth_unavailable`. */
  readonly retryAfter?: number;
  /**
   * The reason for the operator's log at `debug`, and nobody else: in words of ours or of jose's. The name of a room that a
   * verified token grants is quoted in it (quote.ts), and nothing else of what was presented.
   */
  readonly reason: string;
}

/** A credential that opens the recording. */
export interface Granted {
  /** Names the credential, so that what it costs can be counted; it does not give it away. */
  readonly credential: string;
}

/** What one way of access says; `absent` where nothing was presented for it. */
export type AuthResult = 'granted' | Granted | 'absent' | AuthFailure;

/** A verdict, or how to come to one where that takes waiting. */
export type AuthAttempt = AuthResult | (() => Promise<AuthResult>);

/**
 * One way of access. It answers at once for what it has seen before, and it never throws.
 *
 * @param now milliseconds since 1970.
 */
export type AuthStrategy = (asked: HttpRequest, target: RecordingTarget, now: number) => AuthAttempt;

/** Whether a verdict lets in. */
export function isGranted(verdict: AuthResult): verdict is 'granted' | Granted {
  return verdict === 'granted' || (typeof verdict === 'object' && 'credential' in verdict);
}

export const TOKEN_EXPIRED: AuthFailure = { error: 'token_expired', reason: 'exp has passed' };

/** A credential that is good, and opens other recordings. */
export function forbidden(reason: string): AuthFailure {
  return { error: 'forbidden', reason };
}

/** A token that is none, or none of those that are taken. */
export function invalidToken(reason: string): AuthFailure {
  return { error: 'token_invalid', reason };
}

/** It could not be told: never a reason to open. `retryAfter` is seconds. */
export function authUnavailable(retryAfter: number, reason: string): AuthFailure {
  return { error: 'auth_unavailable', retryAfter: Math.max(1, Math.ceil(retryAfter)), reason };
}
