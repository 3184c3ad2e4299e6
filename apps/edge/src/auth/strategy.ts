import type { FetchFunction } from '../http/types.ts';
import type { Sleep } from '@room-recordings/http-cache';
import { fingerprint } from '../concurrency/retained-strings.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { ErrorCode } from '../http/error-codes.ts';
import type { PendingLimitError } from '../http/pending-request-limiter.ts';
import type { HttpRequest } from '../http/types.ts';
import type { Logger, LogEntry } from '../logging.ts';
import type { RecordingTarget } from '../routes/router.ts';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

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

/** What access needs of the outside. */
export interface AuthServices {
  readonly fetch: FetchFunction;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, for durations: it never goes back. */
  readonly monotonic: () => number;
  readonly sleep: Sleep;
  /** The account at Twilio, which its recordings may be read from, too. */
  readonly account: AccountLimits;
  /** Keeps the runtime awake for a call that others wait for too. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Returns why the sender of a request may not wait for a decision; default: it may. */
  readonly refuseWait?: (asked: HttpRequest, peerAddress?: GetRemoteAddress) => PendingLimitError | undefined;
  /** Whether the log takes lines of a level; default: of every level. */
  readonly wants?: Logger['wants'];
  /** Takes a line about each call that failed. */
  readonly report: (line: LogEntry) => void;
}

/**
 * Names a token, so that calls can be counted for it. Its signature plays no part, because one token may have several: ECDSA allows
 * anyone to make a second one.
 */
export function tokenFingerprint(token: string): string {
  return `token ${fingerprint(token.slice(0, token.lastIndexOf('.')))}`;
}

/** Names a signed URL by its signature: what else is in the URL may be spelled in many ways. */
export function signedUrlFingerprint(url: string): string {
  const signature = new URL(url).searchParams.get('signature') ?? '';
  return `url ${fingerprint(signature)}`;
}
