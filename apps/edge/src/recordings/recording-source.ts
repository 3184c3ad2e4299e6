import type { RoomRecording } from '@room-recordings/core';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';
import type { RecordingRef } from '@room-recordings/core';

/** What goes with a read. */
export interface SourceReadOptions {
  /** Names whom the read is for, so that callers get equal shares. */
  readonly client?: string | undefined;
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each call that the read makes of something remote, as it begins. */
  readonly onAttempt?: (() => void) | undefined;
}

/** Where recordings come from. */
export interface RecordingSource {
  /** The account at Twilio that it reads; undefined where it reads none. Whoever calls that too shares it. */
  readonly account?: AccountLimits;
  /**
   * Reads one recording, checked.
   *
   * @throws {RecordingsError} for everything else, `not_found` among it.
   */
  read(id: RecordingRef, options?: SourceReadOptions): Promise<RoomRecording>;
}
