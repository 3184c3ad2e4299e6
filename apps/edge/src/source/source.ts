import type { RoomRecording } from '@room-recordings/core';
import type { RecordingId } from '../route.ts';
import type { Account } from '../upstream/account.ts';

/** What goes with a read. */
export interface ReadOptions {
  /** Gives up. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each call that the read makes of something remote, as it begins. */
  readonly onCall?: (() => void) | undefined;
}

/** Where recordings come from. */
export interface Source {
  /** The account at Twilio that it reads; undefined where it reads none. Whoever calls that too shares it. */
  readonly account?: Account;
  /** Whether reads are withheld because too many have failed; absent where the source never withholds one. */
  readonly isCircuitOpen?: () => boolean;
  /**
   * Reads one recording, checked.
   *
   * @throws {RecordingsError} for everything else, `not_found` among it.
   */
  read(id: RecordingId, options?: ReadOptions): Promise<RoomRecording>;
}
