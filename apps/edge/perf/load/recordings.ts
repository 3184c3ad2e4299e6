import type { RecordingStatus } from '@room-recordings/core';

/** The room of all recordings. */
export const ROOM_SID: string = `RM${'0123456789abcdef'.repeat(2)}`;
const ACCOUNT_SID = `AC${'a'.repeat(32)}`;

/** The index of the first recording that does not exist in `fake-twilio.ts`. */
export const FIRST_UNKNOWN: number = 2 ** 32;

/** Returns the path of a recording by its index, which is the same at Twilio and at the edge. */
export function toRecordingPath(index: number): string {
  return `/v1/Rooms/${ROOM_SID}/Recordings/RT${index.toString(16).padStart(32, '0')}`;
}

/** Serializes the recording at a path, as Twilio does. The version is its `size`, so that all texts have the same length otherwise. */
export function serializeRecording(path: string, version = 0, status: RecordingStatus = 'completed'): string {
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

/** Parses the version of a recording; undefined if the body is not a recording. */
export function parseVersion(body: Uint8Array | null): number | undefined {
  const found = body && /"size":(\d+)/.exec(new TextDecoder().decode(body))?.[1];
  return found ? Number(found) : undefined;
}
