import * as v from 'valibot';
import { isHttpUrl } from '../http/url.ts';
import { isDateTime } from './date-time.ts';
import { normalizeRecording } from './normalize.ts';
import { isRecordingSid, isRoomSid, type RecordingSid, type RoomSid } from './sid.ts';
import type { RoomRecording } from './types.ts';

const MESSAGE_START = 'The value must be ';

/** Formats the message of an issue, without the received value. */
const must = (expected: string): string => `${MESSAGE_START}${expected}.`;

/** Extracts the requirement of a message of this schema: `an object` of "The value must be an object." */
export function parseExpected(message: string): string {
  return message.slice(MESSAGE_START.length, -1);
}

const string = v.string(must('a string'));
const accountSid = v.pipe(string, v.regex(/^AC[0-9a-fA-F]{32}$/, must('AC and 32 hexadecimal digits')));
const sourceSid = v.pipe(
  string,
  v.regex(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/, must('2 letters and 32 hexadecimal digits')),
);
const integer = v.pipe(v.number(must('a number')), v.safeInteger(must('an integer within ±(2^53 − 1)')));
const nonNegativeInteger = v.pipe(integer, v.minValue(0, must('an integer of 0 or more')));
const dateTime = v.pipe(string, v.check(isDateTime, must('an RFC 3339 date-time that exists')));
const url = v.pipe(string, v.check(isHttpUrl, must('an absolute http or https URL')));

// valibot accepts an array as an object, and would convert a list of groups to groups named 0, 1, 2.
const object = v.custom<Readonly<Record<string, unknown>>>(isObject, must('an object'));

/** The normalised recording: all 17 attributes, each of its documented type. */
const strictRecording = v.object({
  account_sid: v.nullable(accountSid),
  status: oneOf(['processing', 'completed', 'deleted', 'failed']),
  date_created: v.nullable(dateTime),
  sid: v.nullable(v.custom<RecordingSid>(isRecordingSid, must('RT and 32 hexadecimal digits'))),
  source_sid: v.nullable(sourceSid),
  size: v.nullable(nonNegativeInteger),
  url: v.nullable(url),
  type: oneOf(['audio', 'video', 'data']),
  duration: v.nullable(nonNegativeInteger),
  container_format: oneOf(['mka', 'mkv']),
  codec: oneOf(['VP8', 'H264', 'OPUS', 'PCMU']),
  grouping_sids: v.nullable(v.pipe(object, v.record(v.string(), string))),
  track_name: v.nullable(string),
  offset: v.nullable(integer),
  media_external_location: v.nullable(url),
  room_sid: v.nullable(v.custom<RoomSid>(isRoomSid, must('RM and 32 hexadecimal digits'))),
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

function oneOf<const Values extends readonly string[]>(values: Values): v.PicklistSchema<Values, string> {
  return v.picklist(values, must(`one of ${values.join(', ')}`));
}

function isObject(input: unknown): boolean {
  return typeof input === 'object' && input !== null && !Array.isArray(input);
}
