import { isRecordingSid, isRoomSid, parseRoomRecording, RecordingsError } from '@room-recordings/core';
import type { RecordingSource } from '../../src/recordings/recording-source.ts';
import { toRecordingPath, serializeRecording } from './recordings.ts';

/** A source without a network and without resilience, for scenarios that measure only the store. */
export interface PlainSource extends RecordingSource {
  /** Counts the reads. */
  countReads(): number;
}

/** Creates a source with every recording for which `isMissing` returns false. It receives the hex digits of the SID. */
export function createPlainSource(isMissing: (digits: string) => boolean = () => false): PlainSource {
  const template = parseRoomRecording(JSON.parse(serializeRecording(toRecordingPath(0))));
  let reads = 0;
  return {
    async read({ roomSid, sid }) {
      reads += 1;
      if (isMissing(sid.slice(2))) {
        throw new RecordingsError('not_found', 'No such recording.', { status: 404 });
      }
      if (!isRoomSid(roomSid) || !isRecordingSid(sid)) throw new TypeError('The value is not a SID.');
      return { ...template, room_sid: roomSid, sid };
    },
    list: () => Promise.reject(new TypeError('No scenario reads a list.')),
    countReads: () => reads,
  };
}
