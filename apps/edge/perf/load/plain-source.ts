import { isRecordingSid, isRoomSid, parseRoomRecording, RecordingsError } from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { pathOf, recordingAt } from './recordings.ts';

/** A source without a network or any care for one, where only the store is measured. */
export interface PlainSource extends RecordingSource {
  /** How often it was read. */
  reads(): number;
}

/** Has every recording but those that `isMissing`, told by the digits of their SIDs. */
export function plainSource(isMissing: (digits: string) => boolean = () => false): PlainSource {
  const one = parseRoomRecording(JSON.parse(recordingAt(pathOf(0))));
  let reads = 0;
  return {
    async read({ roomSid, sid }) {
      reads += 1;
      if (isMissing(sid.slice(2))) {
        throw new RecordingsError('not_found', 'No such recording.', { status: 404 });
      }
      if (!isRoomSid(roomSid) || !isRecordingSid(sid)) throw new TypeError('That is no SID.');
      return { ...one, room_sid: roomSid, sid };
    },
    reads: () => reads,
  };
}
