import { NotForwardedError } from '@room-recordings/http-cache';
import type { ErrorCode } from '../../http/error-codes.ts';

/** A read that was not made, because the source is to be left alone: something stale may be served instead. */
export class CallNotPermittedError extends NotForwardedError {
  readonly error: ErrorCode;
  /** Seconds until it is worth trying again, at least 1. */
  override readonly retryAfter: number;

  constructor(detail: string, error: ErrorCode, retryAfter: number) {
    super(detail);
    this.error = error;
    this.retryAfter = retryAfter;
  }

  /** A caller above its share must not keep a stored response from being refreshed for others, nor one that is not known yet. */
  override get restSeconds(): number {
    if (this.error === 'rate_limited') return 0;
    return this.error === 'overloaded' ? 1 : this.retryAfter;
  }
}
