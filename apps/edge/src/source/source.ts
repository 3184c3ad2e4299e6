import type { RoomRecording } from '@room-recordings/core';
import type { RecordingId } from '../route.ts';

/** Where recordings come from. */
export interface Source {
  /**
   * Reads one recording, checked; the signal gives up.
   *
   * @throws {RecordingsError} for everything else, `not_found` among it.
   */
  read(id: RecordingId, signal?: AbortSignal): Promise<RoomRecording>;
}
