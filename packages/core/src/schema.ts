import * as v from 'valibot';
import { isInstant } from './instant.ts';
import type { RoomRecording } from './recording.ts';
import { isRecordingSid, isRoomSid } from './sid.ts';

const INTEGER_TEXT = /^-?(?:0|[1-9]\d{0,15})$/;

/** Some SDKs hand int64 out as text; what is no integer text stays as it is, for the check after it. */
function readInteger(input: unknown): unknown {
  return typeof input === 'string' && INTEGER_TEXT.test(input) ? Number(input) : input;
}

function upperCase(input: unknown): unknown {
  return typeof input === 'string' ? input.toUpperCase() : input;
}

/** `links` without a media link says nothing more than null. */
function readLinks(input: unknown): unknown {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return 'media' in input && input.media !== null ? input : null;
}

const absentAsNull = <TSchema extends v.GenericSchema>(schema: TSchema) => v.nullish(schema, null);
const lenient = (read: (input: unknown) => unknown) => v.pipe(v.unknown(), v.transform(read));

const account = v.pipe(v.string(), v.regex(/^AC[0-9a-fA-F]{32}$/, 'an account SID (AC and 32 hex digits)'));
const source = v.pipe(
  v.string(),
  v.regex(/^[a-zA-Z]{2}[0-9a-fA-F]{32}$/, 'a SID (2 letters and 32 hex digits)'),
);
const integer = v.pipe(v.number(), v.safeInteger('an integer within ±(2^53 − 1)'));
const count = v.pipe(integer, v.minValue(0, 'an integer of 0 or more'));
const instant = v.pipe(v.string(), v.check(isInstant, 'an RFC 3339 date-time that exists'));

/** What Twilio may send: nulls left out, integers as text, codecs in lower case, attributes of no documentation. */
const received = v.object({
  account_sid: absentAsNull(v.unknown()),
  status: v.unknown(),
  date_created: absentAsNull(v.unknown()),
  sid: absentAsNull(v.unknown()),
  source_sid: absentAsNull(v.unknown()),
  size: absentAsNull(lenient(readInteger)),
  url: absentAsNull(v.unknown()),
  type: v.unknown(),
  duration: absentAsNull(lenient(readInteger)),
  container_format: v.unknown(),
  codec: lenient(upperCase),
  grouping_sids: absentAsNull(v.unknown()),
  track_name: absentAsNull(v.unknown()),
  offset: absentAsNull(lenient(readInteger)),
  media_external_location: absentAsNull(v.unknown()),
  room_sid: absentAsNull(v.unknown()),
  links: absentAsNull(lenient(readLinks)),
});

/** What holds afterwards: all 17 attributes, each of its documented type. */
const truthful = v.object({
  account_sid: v.nullable(account),
  status: v.picklist(['processing', 'completed', 'deleted', 'failed']),
  date_created: v.nullable(instant),
  sid: v.nullable(
    v.custom<NonNullable<RoomRecording['sid']>>(isRecordingSid, 'a recording SID (RT and 32 hex digits)'),
  ),
  source_sid: v.nullable(source),
  size: v.nullable(count),
  url: v.nullable(v.string()),
  type: v.picklist(['audio', 'video', 'data']),
  duration: v.nullable(count),
  container_format: v.picklist(['mka', 'mkv']),
  codec: v.picklist(['VP8', 'H264', 'OPUS', 'PCMU']),
  grouping_sids: v.nullable(v.record(v.string(), v.string())),
  track_name: v.nullable(v.string()),
  offset: v.nullable(integer),
  media_external_location: v.nullable(v.string()),
  room_sid: v.nullable(
    v.custom<NonNullable<RoomRecording['room_sid']>>(isRoomSid, 'a room SID (RM and 32 hex digits)'),
  ),
  links: v.nullable(v.object({ media: v.string() })),
});

/**
 * The recording as a valibot schema, and so a Standard Schema: lenient in, strict out.
 *
 * @see https://www.twilio.com/docs/video/api/recordings-resource
 */
export const roomRecordingSchema: v.GenericSchema<unknown, RoomRecording> = v.pipe(received, truthful);
