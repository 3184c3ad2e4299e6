import type { FetchRecordings } from '@room-recordings/core';
import type { Delay } from '@room-recordings/http-cache';
import type { Asked } from '../asked.ts';
import type { PeerAddress } from '../caller.ts';
import type { Log, LogLine } from '../log.ts';
import type { Account } from '../upstream/account.ts';
import type { WaitingRefusal } from '../waiting-limit.ts';

/** What access needs of the outside. */
export interface AccessOutside {
  readonly fetch: FetchRecordings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, for durations: it never goes back. */
  readonly monotonic: () => number;
  readonly delay: Delay;
  /** The account at Twilio, which its recordings may be read from, too. */
  readonly account: Account;
  /** Keeps the runtime awake for a call that others wait for too. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Returns why the sender of a request may not wait for a decision; default: it may. */
  readonly refuseWait?: (asked: Asked, peerAddress?: PeerAddress) => WaitingRefusal | undefined;
  /** Whether the log takes lines of a level; default: of every level. */
  readonly wants?: Log['wants'];
  /** Takes a line about each call that failed. */
  readonly report: (line: LogLine) => void;
}
