import type { RecordingStatus } from '@room-recordings/core';

/** The room of all of them. */
export const ROOM_SID: string = `RM${'0123456789abcdef'.repeat(2)}`;
const ACCOUNT_SID = `AC${'a'.repeat(32)}`;

/** The first recording that the Twilio of `fake-twilio.ts` does not have. */
export const NOWHERE: number = 2 ** 32;

/** The path of the nth recording, at Twilio as at the edge. */
export function pathOf(nth: number): string {
  return `/v1/Rooms/${ROOM_SID}/Recordings/RT${nth.toString(16).padStart(32, '0')}`;
}

/** What Twilio says of the recording at a path; every answer has the same length, but for the version in its `size`. */
export function recordingAt(path: string, version = 0, status: RecordingStatus = 'completed'): string {
  const sid = path.slice(path.lastIndexOf('/') + 1);
  const url = `https://video.twilio.com${path}`;
  return JSON.stringify({
    account_sid: ACCOUNT_SID,
    status,
    date_created: '2026-03-02T09:00:00Z',
    sid,
    source_sid: `MT${sid.slice(2)}`,
    size: version,
    url,
    type: 'audio',
    duration: 3,
    container_format: 'mka',
    codec: 'OPUS',
    grouping_sids: { room_sid: ROOM_SID, participant_sid: `PA${sid.slice(2)}` },
    track_name: 'microphone',
    offset: 155137307765,
    media_external_location: null,
    room_sid: ROOM_SID,
    links: { media: `${url}/Media` },
  });
}

/** The version in an answer that began as `recordingAt`; undefined where it is no recording. */
export function versionIn(body: Uint8Array | null): number | undefined {
  const found = body && /"size":(\d+)/.exec(new TextDecoder().decode(body))?.[1];
  return found ? Number(found) : undefined;
}
