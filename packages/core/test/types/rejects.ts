// Compiled and never run: each line after a `@ts-expect-error` must be a type error against the built package.
import {
  RecordingsError,
  RoomRecordingsError,
  basicAuth,
  createRecordingsClient,
  isRoomSid,
  type parseRoomRecording,
  parseRecordingResponse,
  type roomRecordingSchema,
  type safeParseRoomRecording,
  type FetchedResponse,
  type RecordingRef,
  type IdentifiedRecording,
  type ParseResult,
  type RecordingCodec,
  type RecordingIssue,
  type RecordingSid,
  type RecordingsClient,
  type RecordingsClientOptions,
  type RecordingsErrorDetails,
  type RoomRecording,
  type RoomSid,
} from '@room-recordings/core';
// @ts-expect-error: internal functions are not exported
import { isSameSid } from '@room-recordings/core';
// @ts-expect-error: files of the package are not entries
import * as sids from '@room-recordings/core/dist/index.js';
import { holds, type AnyIn, type IsSame } from './shape.ts';

declare const response: FetchedResponse;
declare const recording: RoomRecording;
declare const identified: IdentifiedRecording;
declare const client: RecordingsClient;
declare const roomSid: RoomSid;
declare const sid: RecordingSid;
declare const issue: RecordingIssue;
void [isSameSid, sids];

// SIDs
// @ts-expect-error: a string is not a room SID without its guard
export const unseen: RoomSid = 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
// @ts-expect-error: a recording SID is not a room SID
export const swapped: RoomSid = sid;
// @ts-expect-error: a room SID is not a recording SID
export const swappedBack: RecordingSid = roomSid;
// @ts-expect-error: the two SIDs are not interchangeable
export const question: RecordingRef = { roomSid: sid, sid: roomSid };
// @ts-expect-error: both SIDs are required
void parseRecordingResponse(response, { roomSid });
// @ts-expect-error: the requested SIDs are required
void parseRecordingResponse(response);

/** A string is not narrowed outside its guard. */
export function guard(text: string): RoomSid {
  if (isRoomSid(text)) return text;
  // @ts-expect-error: the guard returned false
  return text;
}

// Recordings
// @ts-expect-error: a recording is readonly
recording.status = 'deleted';
// @ts-expect-error: its links are readonly
if (recording.links !== null) recording.links.media = '';
// @ts-expect-error: its groups are readonly
if (recording.grouping_sids !== null) recording.grouping_sids['room_sid'] = '';
// @ts-expect-error: the SIDs of an identified recording are readonly
identified.sid = sid;
// @ts-expect-error: size may be null
void recording.size.toFixed();
// @ts-expect-error: a recording may have no media yet
void recording.links.media;
// @ts-expect-error: a group may be missing
void identified.grouping_sids?.['participant_sid'].length;
// @ts-expect-error: the status is never null
export const noStatus: RoomRecording = { ...recording, status: null };
// @ts-expect-error: no attribute is omitted
export const noUrl: RoomRecording = { ...recording, url: undefined };
// @ts-expect-error: the SIDs of an identified recording are not null
export const nameless: IdentifiedRecording = { ...identified, sid: null };
// @ts-expect-error: the SIDs of a recording may be null
export const anyone: IdentifiedRecording = recording;
// @ts-expect-error: Twilio does not document this codec
export const undocumented: RecordingCodec = 'VP9';
// @ts-expect-error: codecs are always upper case
export const lower: RecordingCodec = 'opus';
// @ts-expect-error: an undocumented status is not comparable
void (recording.status === 'enqueued');
// @ts-expect-error: the recording has 17 attributes only
void recording.status_callback;

// Results and errors
declare const result: ParseResult;
// @ts-expect-error: a result has a recording only if success is true
void result.recording;
// @ts-expect-error: a result has issues only if success is false
void result.issues;
// @ts-expect-error: an issue is readonly
issue.path = [];
// @ts-expect-error: the names of a path are readonly
issue.path[0] = '';
// @ts-expect-error: the base class is abstract
void new RoomRecordingsError('No.');
// @ts-expect-error: the codes are a closed union
void new RecordingsError('teapot', 'Short and stout.');
// @ts-expect-error: an error is readonly
new RecordingsError('network', '').code = 'upstream';
// @ts-expect-error: the details of an error are a closed list
export const details: RecordingsErrorDetails = { request: 'GET /' };

// The client
// @ts-expect-error: auth is a function, so that a log does not print the secret
void createRecordingsClient({ auth: 'Basic c2VjcmV0' });
// @ts-expect-error: HTTP Basic has a user and a password
void basicAuth('SK');
// @ts-expect-error: timeoutMs is a number
void createRecordingsClient({ timeoutMs: '10s' });
// @ts-expect-error: a misspelt option would be ignored
void createRecordingsClient({ timeout: 1000 });
// @ts-expect-error: fetch resolves with a Response
void createRecordingsClient({ fetch: async () => 'ok' });
// @ts-expect-error: options are readonly
export const setRetries = (options: RecordingsClientOptions): number => (options.retries = 2);
// @ts-expect-error: both SIDs are required
void client.fetch(roomSid);
// @ts-expect-error: fetch() returns a promise
export const early: IdentifiedRecording = client.fetch(roomSid, sid);

// No result contains `any`, which would hide errors.
holds<IsSame<AnyIn<RoomRecording>, never>>();
holds<IsSame<AnyIn<IdentifiedRecording>, never>>();
holds<IsSame<AnyIn<Awaited<ReturnType<RecordingsClient['fetch']>>>, never>>();
holds<IsSame<AnyIn<Awaited<ReturnType<RecordingsClient['page']>>>, never>>();
holds<IsSame<AnyIn<Awaited<ReturnType<RecordingsClient['timeline']>>>, never>>();
holds<IsSame<AnyIn<ReturnType<typeof parseRoomRecording>>, never>>();
holds<IsSame<AnyIn<ReturnType<typeof safeParseRoomRecording>>, never>>();
holds<IsSame<AnyIn<NonNullable<(typeof roomRecordingSchema)['~standard']['types']>>, never>>();
holds<IsSame<AnyIn<{ readonly [Name in keyof RecordingsError]: RecordingsError[Name] }>, never>>();
// @ts-expect-error: the check finds `any`
holds<IsSame<AnyIn<{ links: { media: ReturnType<typeof JSON.parse> } }>, never>>();
