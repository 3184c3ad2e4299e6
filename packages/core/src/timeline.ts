import * as v from 'valibot';
import { RecordingsError } from './errors.ts';
import { MAX_LIST_BYTES } from './http/body.ts';
import { readJsonResponse, toResponseMeta } from './http/json-response.ts';
import type { ReadOptions, Requester } from './http/requester.ts';
import { parseWith } from './recording/parse.ts';
import {
  arrayOf,
  codec,
  must,
  objectOf,
  oneOf,
  recordingSid,
  recordingStatus,
  recordingType,
  roomSid,
  string,
  url,
} from './recording/schema.ts';
import { isSameSid, toRoomSid, type RecordingSid, type RoomSid } from './recording/sid.ts';
import type { RecordingCodec, RecordingStatus, RecordingType } from './recording/types.ts';

/** A URL of the media of a track. */
export interface TimelineSource {
  readonly url: string;
  /** The type for the attribute `type` of a `<source>` element, such as `video/webm; codecs="vp8"`. */
  readonly type: string;
  /** The time at which the URL expires, in seconds since 1970; null if it does not expire. */
  readonly expires: number | null;
}

/** The reasons for which a track has no sources. `pending` and `processing` are temporary. */
export type TimelineReason = (typeof REASONS)[number];

/** One recording on the timeline of its room. Times are in seconds from the creation of the room. */
export interface TimelineTrack {
  readonly sid: RecordingSid;
  readonly type: RecordingType;
  readonly codec: RecordingCodec;
  readonly status: RecordingStatus;
  readonly participant_sid: string | null;
  readonly track_name: string | null;
  /** The start of the media; null if it is not known. */
  readonly start: number | null;
  /** The end of the media; null if it is not known. */
  readonly end: number | null;
  /** The intervals in which the track was muted, `[from, to]`; null if the file was not scanned for them. */
  readonly gaps: readonly (readonly [from: number, to: number])[] | null;
  /** The media in different formats, the cheapest first: use them in this order, as `<source>` elements. */
  readonly sources: readonly TimelineSource[];
  /** Why `sources` is empty; null if it is not. */
  readonly reason: TimelineReason | null;
}

/** The tracks of a room with their times and media URLs, for a player. */
export interface Timeline {
  readonly room_sid: RoomSid;
  /** The least start of the tracks, in seconds from the creation of the room; null for a room without known starts. */
  readonly start: number | null;
  /** The greatest end of the tracks, in seconds from the creation of the room; null for a room without known ends. */
  readonly end: number | null;
  /** The tracks, ascending by start and SID. */
  readonly tracks: readonly TimelineTrack[];
}

const REASONS = [
  'processing',
  'failed',
  'deleted',
  'empty',
  'data',
  'encrypted',
  'external',
  'unreadable',
  'pending',
  'no_signing_key',
  'off',
] as const;

const seconds = v.pipe(v.number(must('a number')), v.finite(must('a finite number')));
const nullableSeconds = v.nullish(seconds, null);
const nullableString = v.nullish(string, null);

/** A valibot schema, and so a Standard Schema, of a timeline. */
export const timelineSchema: v.GenericSchema<unknown, Timeline> = objectOf({
  room_sid: roomSid,
  start: nullableSeconds,
  end: nullableSeconds,
  tracks: arrayOf(
    objectOf({
      sid: recordingSid,
      type: recordingType,
      codec,
      status: recordingStatus,
      participant_sid: nullableString,
      track_name: nullableString,
      start: nullableSeconds,
      end: nullableSeconds,
      gaps: v.nullish(arrayOf(v.tuple([seconds, seconds], must('an array of two numbers'))), null),
      sources: arrayOf(objectOf({ url, type: string, expires: nullableSeconds })),
      reason: v.nullish(oneOf(REASONS), null),
    }),
  ),
});

/**
 * Reads the timeline of a room from an edge.
 *
 * @throws {RecordingsError} `invalid_response`: the response is not a timeline.
 * @throws {RecordingsError} `mismatch`: the timeline is that of another room.
 * @throws {RecordingsError} with the `code` of any other reason.
 */
export async function readTimeline(
  { request }: Requester,
  givenRoomSid: string,
  options: ReadOptions | undefined,
): Promise<Timeline> {
  const room = toRoomSid(givenRoomSid);
  return request(
    {
      path: `/v1/Rooms/${room}/Timeline`,
      async parse(response) {
        const body = await readJsonResponse(response, MAX_LIST_BYTES);
        const meta = toResponseMeta(response);
        const timeline = parseWith(timelineSchema, 'timeline', body, meta);
        if (isSameSid(timeline.room_sid, room)) return timeline;
        throw new RecordingsError('mismatch', `The timeline is not that of room ${room}.`, meta);
      },
    },
    options,
  );
}
