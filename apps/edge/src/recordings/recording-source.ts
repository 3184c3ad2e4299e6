import type { RecordingRef, RoomRecording } from '@room-recordings/core';
import type { AccountLimits } from '../twilio/resilience/account-limits.ts';

/** The options of one read. */
export interface SourceReadOptions {
  /** The client that calls are counted for. Clients get equal shares. Default: a client that all such reads share. */
  readonly client?: string | undefined;
  /** Aborts the read. */
  readonly signal?: AbortSignal | undefined;
  /** Called at the start of each remote call of the read. */
  readonly onAttempt?: (() => void) | undefined;
}

/** A source of recordings: Twilio or an archive. */
export interface RecordingSource {
  /** The limits of the Twilio account, which other calls to the account share. Undefined if the source does not call Twilio. */
  readonly account?: AccountLimits;
  /**
   * Reads and validates one recording.
   *
   * @throws {RecordingsError} in every other case, with `not_found` if the recording does not exist.
   */
  read(id: RecordingRef, options?: SourceReadOptions): Promise<RoomRecording>;
}
