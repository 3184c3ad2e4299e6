import * as v from 'valibot';
import { isHttpUrl } from '../http/url.ts';
import { isDateTime } from './date-time.ts';
import { normalizeRecording } from './normalize.ts';
import type { RoomRecording } from './types.ts';
import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from './sid.ts';

const account = v.pipe(v.string(), v.regex(/^AC[0-9a-fA-F]{32}$/, 'an account SID (AC and 32 hex digits)'));
const source = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/, 'a SID (2 letters and 32 hex digits)'),
);
const integer = v.pipe(v.number(), v.safeInteger('an integer within ±(2^53 − 1)'));
const count = v.pipe(integer, v.minValue(0, 'an integer of 0 or more'));
const instant = v.pipe(v.string(), v.check(isDateTime, 'an RFC 3339 date-time that exists'));
const url = v.pipe(v.string(), v.check(isHttpUrl, 'an absolute http or https URL'));

// valibot takes an array for an object, and a list of groups would come out as groups named 0, 1, 2.
const object = v.custom<object>(isObject, 'an object');

/** What holds afterwards: all 17 attributes, each of its documented type. */
const truthful = v.object({
  account_sid: v.nullable(account),
  status: v.picklist(['processing', 'completed', 'deleted', 'failed']),
  date_created: v.nullable(instant),
  sid: v.nullable(v.custom<RecordingSid>(isRecordingSid, 'a recording SID (RT and 32 hex digits)')),
  source_sid: v.nullable(source),
  size: v.nullable(count),
  url: v.nullable(url),
  type: v.picklist(['audio', 'video', 'data']),
  duration: v.nullable(count),
  container_format: v.picklist(['mka', 'mkv']),
  codec: v.picklist(['VP8', 'H264', 'OPUS', 'PCMU']),
  grouping_sids: v.nullable(v.pipe(object, v.record(v.string(), v.string()))),
  track_name: v.nullable(v.string()),
  offset: v.nullable(integer),
  media_external_location: v.nullable(url),
  room_sid: v.nullable(v.custom<RoomSid>(isRoomSid, 'a room SID (RM and 32 hex digits)')),
  links: v.nullable(v.pipe(object, v.object({ media: url }))),
});

/**
 * The recording as a valibot schema, and so a Standard Schema: lenient in, strict out.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export const roomRecordingSchema: v.GenericSchema<unknown, RoomRecording> = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(isObject, 'an object'),
  v.transform(normalizeRecording),
  truthful,
);

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
