import type { ErrorCode } from './http/error-codes.ts';

/** What reading a recording came to, before anything that depends on who asked. */
export type OriginResult = Found | OriginFailure;

/** A recording, its bytes and validator made once. */
interface Found {
  /** The canonical JSON text. */
  readonly body: string;
  /** Weak, from the bytes alone. */
  readonly etag: string;
  readonly cacheControl: string;
}

/** Why there is none. */
export interface OriginFailure {
  readonly status: number;
  readonly error: ErrorCode;
  readonly detail: string;
  readonly cacheControl: string;
  /** Seconds. */
  readonly retryAfter?: number | undefined;
}
