import type { RecordingRef } from '../src/recording/sid.ts';
import type { RoomRecording } from '../src/recording/types.ts';
import { isRecordingSid, isRoomSid } from '../src/recording/sid.ts';

/**
 * Twilio's own example of a recording, as Twilio sends it.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export const example: Readonly<Record<keyof RoomRecording, unknown>> = {
  account_sid: 'ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  status: 'processing',
  date_created: '2015-07-30T20:00:00Z',
  sid: 'RTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  source_sid: 'MTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  size: 0,
  type: 'audio',
  duration: 0,
  container_format: 'mka',
  codec: 'opus',
  track_name: 'A name',
  offset: 10,
  grouping_sids: { room_sid: 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' },
  media_external_location: 'https://my-super-duper-bucket.s3.amazonaws.com/my/path/',
  room_sid: 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  url: 'https://video.twilio.com/v1/Rooms/RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Recordings/RTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  links: {
    media:
      'https://video.twilio.com/v1/Rooms/RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Recordings/RTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa/Media',
  },
};

/** The SIDs of the example. */
export const requested: RecordingRef = createRef(
  'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
  'RTaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
);

function createRef(roomSid: string, sid: string): RecordingRef {
  if (!isRoomSid(roomSid) || !isRecordingSid(sid)) throw new Error('The example has invalid SIDs.');
  return { roomSid, sid };
}
