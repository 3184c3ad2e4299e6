import type { FetchRecordings } from '@room-recordings/core';
import type { Delay } from '@room-recordings/http-cache';
import type { LogLine } from '../log.ts';

/** What access needs of the outside. */
export interface AccessOutside {
  readonly fetch: FetchRecordings;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly delay: Delay;
  /** Keeps the runtime awake for a call that others wait for too. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Takes a line about each call that failed. */
  readonly report: (line: LogLine) => void;
}
