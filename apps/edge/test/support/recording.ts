import {
  parseRoomRecording,
  type RecordingRef,
  RecordingsError,
  type RoomRecording,
} from '@room-recordings/core';
import { createRouter, type ReadTarget } from '../../src/routes/router.ts';
import type { RecordingSource, StoredResource } from '../../src/recordings/recording-source.ts';

export const ROOM_SID: string = `RM${'a'.repeat(32)}`;
export const SID: string = `RT${'a'.repeat(32)}`;
export const PATH: string = `/v1/Rooms/${ROOM_SID}/Recordings/${SID}`;
export const PUBLIC_URL = 'https://recordings.example.com';

/** The recording that the tests read: completed audio. */
export const RECORDING: RoomRecording = parseRoomRecording({
  account_sid: `AC${'a'.repeat(32)}`,
  status: 'completed',
  date_created: '2026-03-02T09:00:00Z',
  sid: SID,
  source_sid: `MT${'a'.repeat(32)}`,
  size: 105956,
  url: `https://video.twilio.com${PATH}`,
  type: 'audio',
  duration: 3,
  container_format: 'mka',
  codec: 'opus',
  grouping_sids: { room_sid: ROOM_SID },
  track_name: 'microphone',
  offset: 155137307765,
  media_external_location: null,
  room_sid: ROOM_SID,
  links: { media: `https://video.twilio.com${PATH}/Media` },
});

/** Rejects each read with `not_found`. */
export const findNothing: RecordingSource['read'] = () =>
  Promise.reject(new RecordingsError('not_found', 'No such recording.', { status: 404 }));

/** Lists no recordings. */
export const listNothing: RecordingSource['list'] = () =>
  Promise.resolve({ recordings: [], invalid: [], previous: null, next: null });

/**
 * Parses the URL of a recording with the router.
 * @throws {Error} if the URL does not have the recording route
 */
export function parseTarget(url: string = PATH): ReadTarget {
  const { target } = createRouter(PUBLIC_URL, () => 'key')({ method: 'GET', url, headers: new Headers() });
  if (target === undefined) throw new Error('The URL does not have the recording route.');
  return target;
}

/** Parses the URL of a recording to the resource that the cache stores. */
export function parseResource(url: string = PATH): StoredResource {
  const { kind, id } = parseTarget(url);
  if (kind !== 'recording') throw new Error('The URL does not have the recording route.');
  return { kind, id };
}

/** The SIDs of `RECORDING`. */
export const RECORDING_REF: RecordingRef = toRecordingRef(RECORDING);

function toRecordingRef({ room_sid: roomSid, sid }: RoomRecording): RecordingRef {
  if (roomSid === null || sid === null) throw new Error('The recording of the tests has no SID.');
  return { roomSid, sid };
}
