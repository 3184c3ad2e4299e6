// Compiled and never run: each line under a `@ts-expect-error` must be refused, against the built package.
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
// @ts-expect-error: what core shares among its own files is no part of its surface
import { isSameSid } from '@room-recordings/core';
// @ts-expect-error: there are two entries, and files are none
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
// @ts-expect-error: a text is no room SID before its guard has seen it
export const unseen: RoomSid = 'RMaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';
// @ts-expect-error: a recording's SID names no room
export const swapped: RoomSid = sid;
// @ts-expect-error: nor does a room's a recording
export const swappedBack: RecordingSid = roomSid;
// @ts-expect-error: the two SIDs of a question are not interchangeable
export const question: RecordingRef = { roomSid: sid, sid: roomSid };
// @ts-expect-error: both SIDs are required
void parseRecordingResponse(response, { roomSid });
// @ts-expect-error: an answer to nothing that was asked cannot be read
void parseRecordingResponse(response);

/** Outside its guard a text stays a text. */
export function guard(text: string): RoomSid {
  if (isRoomSid(text)) return text;
  // @ts-expect-error: the guard said no
  return text;
}

// Recordings
// @ts-expect-error: a recording is readonly
recording.status = 'deleted';
// @ts-expect-error: and so is what it holds
if (recording.links !== null) recording.links.media = '';
// @ts-expect-error: as are its groups
if (recording.grouping_sids !== null) recording.grouping_sids['room_sid'] = '';
// @ts-expect-error: and the SIDs of a read one
identified.sid = sid;
// @ts-expect-error: size may be null
void recording.size.toFixed();
// @ts-expect-error: a recording may have no media yet
void recording.links.media;
// @ts-expect-error: a group that nobody promised may not be there
void identified.grouping_sids?.['participant_sid'].length;
// @ts-expect-error: the status is never null
export const noStatus: RoomRecording = { ...recording, status: null };
// @ts-expect-error: nothing is left out
export const noUrl: RoomRecording = { ...recording, url: undefined };
// @ts-expect-error: a read recording names itself
export const nameless: IdentifiedRecording = { ...identified, sid: null };
// @ts-expect-error: any recording may not name itself
export const anyone: IdentifiedRecording = recording;
// @ts-expect-error: Twilio documents no such codec
export const undocumented: RecordingCodec = 'VP9';
// @ts-expect-error: codecs are upper case here, whatever Twilio sends
export const lower: RecordingCodec = 'opus';
// @ts-expect-error: an undocumented status compares with nothing
void (recording.status === 'enqueued');
// @ts-expect-error: no attribute beyond the 17
void recording.status_callback;

// Results and errors
declare const result: ParseResult;
// @ts-expect-error: a result has a recording only if success is true
void result.recording;
// @ts-expect-error: and issues only if success is false
void result.issues;
// @ts-expect-error: an issue is readonly
issue.path = [];
// @ts-expect-error: the names of a path are readonly
issue.path[0] = '';
// @ts-expect-error: the base class is abstract
void new RoomRecordingsError('No.');
// @ts-expect-error: the code is one of the closed union
void new RecordingsError('teapot', 'Short and stout.');
// @ts-expect-error: an error is readonly
new RecordingsError('network', '').code = 'upstream';
// @ts-expect-error: what is known of an error are these five things
export const details: RecordingsErrorDetails = { request: 'GET /' };

// The client
// @ts-expect-error: a secret is given as a function, so that no log prints it
void createRecordingsClient({ auth: 'Basic c2VjcmV0' });
// @ts-expect-error: HTTP Basic has two halves
void basicAuth('SK');
// @ts-expect-error: milliseconds are a number
void createRecordingsClient({ timeoutMs: '10s' });
// @ts-expect-error: a misspelt option would silently do nothing
void createRecordingsClient({ timeout: 1000 });
// @ts-expect-error: fetch answers with a Response
void createRecordingsClient({ fetch: async () => 'ok' });
// @ts-expect-error: options are readonly
export const setRetries = (options: RecordingsClientOptions): number => (options.retries = 2);
// @ts-expect-error: both SIDs are needed
void client.fetch(roomSid);
// @ts-expect-error: a text is no recording: it comes out of a promise
export const early: IdentifiedRecording = client.fetch(roomSid, sid);

// A mistake that `any` would hide, in anything that comes out.
holds<IsSame<AnyIn<RoomRecording>, never>>();
holds<IsSame<AnyIn<IdentifiedRecording>, never>>();
holds<IsSame<AnyIn<Awaited<ReturnType<RecordingsClient['fetch']>>>, never>>();
holds<IsSame<AnyIn<ReturnType<typeof parseRoomRecording>>, never>>();
holds<IsSame<AnyIn<ReturnType<typeof safeParseRoomRecording>>, never>>();
holds<IsSame<AnyIn<NonNullable<(typeof roomRecordingSchema)['~standard']['types']>>, never>>();
holds<IsSame<AnyIn<{ readonly [Name in keyof RecordingsError]: RecordingsError[Name] }>, never>>();
// @ts-expect-error: that the check would see it
holds<IsSame<AnyIn<{ links: { media: ReturnType<typeof JSON.parse> } }>, never>>();
