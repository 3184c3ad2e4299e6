import type { Asked } from '../asked.ts';
import type { ErrorCode } from '../error-codes.ts';
import type { RecordingId } from '../route.ts';

/** Why what was presented does not open a recording. */
export interface Denial {
  readonly error: Extract<
    ErrorCode,
    'token_invalid' | 'token_expired' | 'forbidden' | 'signature_invalid' | 'url_expired' | 'auth_unavailable'
  >;
  /** Seconds, for `auth_unavailable`. */
  readonly retryAfter?: number;
  /** For the operator's log at `debug`, and nobody else: in words of ours or of jose's, never in those of what was presented. */
  readonly reason?: string;
}

/** A credential that opens the recording. */
export interface Granted {
  /** Names the credential, so that what it costs can be counted; it does not give it away. */
  readonly credential: string;
}

/** What one way of access says; `absent` where nothing was presented for it. */
export type Verdict = 'granted' | Granted | 'absent' | Denial;

/** A verdict, or how to come to one where that takes waiting. */
export type Opinion = Verdict | (() => Promise<Verdict>);

/**
 * One way of access. It answers at once for what it has seen before, and it never throws.
 *
 * @param now milliseconds since 1970.
 */
export type Way = (asked: Asked, id: RecordingId, now: number) => Opinion;

/** Whether a verdict lets in. */
export function isGranted(verdict: Verdict): verdict is 'granted' | Granted {
  return verdict === 'granted' || (typeof verdict === 'object' && 'credential' in verdict);
}

export const TOKEN_EXPIRED: Denial = { error: 'token_expired' };
export const FORBIDDEN: Denial = { error: 'forbidden' };

/** A token that is none, or none of those that are taken. */
export function tokenInvalid(reason: string): Denial {
  return { error: 'token_invalid', reason };
}

/** It could not be told: never a reason to open. `retryAfter` is seconds. */
export function unavailable(retryAfter: number): Denial {
  return { error: 'auth_unavailable', retryAfter: Math.max(1, Math.ceil(retryAfter)) };
}
