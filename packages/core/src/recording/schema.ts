import * as v from 'valibot';
import { isHttpUrl } from '../http/url.ts';
import { isDateTime } from './date-time.ts';
import { isObject, normalizeRecording } from './normalize.ts';
import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from './sid.ts';
import type { RecordingCodec, RecordingStatus, RecordingType, RoomRecording } from './types.ts';

const MESSAGE_START = 'The value must be ';

// The annotations let a bundler drop the schemas that a program does not use.

/** Formats the message of an issue, without the received value. */
// @__NO_SIDE_EFFECTS__
export function must(expected: string): string {
  return `${MESSAGE_START}${expected}.`;
}

/** Extracts the requirement of a message of this schema: `an object` of "The value must be an object." */
export function parseExpected(message: string): string {
  return message.slice(MESSAGE_START.length, -1);
}

export const string: v.StringSchema<string> = v.string(must('a string'));
const accountSid = v.pipe(string, v.regex(/^AC[0-9a-fA-F]{32}$/, must('AC and 32 hexadecimal digits')));
const sourceSid = v.pipe(
  string,
  v.regex(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/, must('2 letters and 32 hexadecimal digits')),
);
const integer = v.pipe(v.number(must('a number')), v.safeInteger(must('an integer within ±(2^53 − 1)')));
export const nonNegativeInteger: v.GenericSchema<number> = v.pipe(
  integer,
  v.minValue(0, must('an integer of 0 or more')),
);
const dateTime = v.pipe(string, v.check(isDateTime, must('an RFC 3339 date-time that exists')));
export const url: v.GenericSchema<string> = v.pipe(
  string,
  v.check(isHttpUrl, must('an absolute http or https URL')),
);

const object: v.GenericSchema<Readonly<Record<string, unknown>>> = v.custom<
  Readonly<Record<string, unknown>>
>(isObject, must('an object'));

export const recordingSid: v.GenericSchema<RecordingSid> = v.custom<RecordingSid>(
  isRecordingSid,
  must('RT and 32 hexadecimal digits'),
);
export const roomSid: v.GenericSchema<RoomSid> = v.custom<RoomSid>(
  isRoomSid,
  must('RM and 32 hexadecimal digits'),
);

export const recordingStatus: v.GenericSchema<RecordingStatus> = oneOf([
  'processing',
  'completed',
  'deleted',
  'failed',
]);
export const recordingType: v.GenericSchema<RecordingType> = oneOf(['audio', 'video', 'data']);
export const codec: v.GenericSchema<RecordingCodec> = oneOf(['VP8', 'H264', 'OPUS', 'PCMU']);

/** The normalised recording: all 17 attributes, each of its documented type. */
const strictRecording = v.object({
  account_sid: v.nullable(accountSid),
  status: recordingStatus,
  date_created: v.nullable(dateTime),
  sid: v.nullable(recordingSid),
  source_sid: v.nullable(sourceSid),
  size: v.nullable(nonNegativeInteger),
  url: v.nullable(url),
  type: recordingType,
  duration: v.nullable(nonNegativeInteger),
  container_format: oneOf(['mka', 'mkv']),
  codec,
  grouping_sids: v.nullable(v.pipe(object, v.record(v.string(), string))),
  track_name: v.nullable(string),
  offset: v.nullable(integer),
  media_external_location: v.nullable(url),
  room_sid: v.nullable(roomSid),
  links: v.nullable(v.pipe(object, v.object({ media: url }))),
});

/**
 * A valibot schema, and so a Standard Schema, of a recording. Its input is lenient and its output is strict.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export const roomRecordingSchema: v.GenericSchema<unknown, RoomRecording> = v.pipe(
  object,
  v.transform(normalizeRecording),
  strictRecording,
);

/** Creates the schema of an object of these members. Other members are dropped. */
// @__NO_SIDE_EFFECTS__
export function objectOf<const Entries extends v.ObjectEntries>(
  entries: Entries,
): v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<Entries, string>>> {
  return v.pipe(object, v.object(entries, must('present')));
}

/** Creates the schema of an array of these items. */
// @__NO_SIDE_EFFECTS__
export function arrayOf<const Item extends v.GenericSchema>(item: Item): v.ArraySchema<Item, string> {
  return v.array(item, must('an array'));
}

/** Creates the schema of a closed set of texts. */
// @__NO_SIDE_EFFECTS__
export function oneOf<const Values extends readonly string[]>(
  values: Values,
): v.PicklistSchema<Values, string> {
  return v.picklist(values, must(`one of ${values.join(', ')}`));
}
