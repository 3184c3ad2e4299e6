import type { FetchFunction } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import type { HttpRequest } from '../http/types.ts';
import type { GetRemoteAddress } from '../http/client-address.ts';
import type { Logger, LogEntry } from '../logging.ts';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';
import type { PendingLimitError } from '../http/pending-request-limiter.ts';

/** What access needs of the outside. */
export interface AuthServices {
  readonly fetch: FetchFunction;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, for durations: it never goes back. */
  readonly monotonic: () => number;
  readonly delay: Sleep;
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
