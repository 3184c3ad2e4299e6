import * as v from 'valibot';
import {
  MAX_ISSUES,
  RecordingsError,
  type RecordingIssue,
  type RecordingsErrorDetails,
  copyStart,
} from '../errors.ts';
import { parseExpected, roomRecordingSchema } from './schema.ts';
import type { IdentifiedRecording, RoomRecording } from './types.ts';

/** The result of `safeParseRoomRecording`: a recording, or the reasons for which the value is not a recording. */
export type ParseResult =
  | { readonly success: true; readonly recording: RoomRecording }
  | { readonly success: false; readonly issues: readonly RecordingIssue[] };

/**
 * Parses a value without throwing.
 *
 * Omitted nullable attributes become null, the codec upper case, and integers as text numbers. Unknown attributes are dropped.
 *
 * @returns a new recording with all 17 attributes, or at most 50 issues.
 */
export function safeParseRoomRecording(value: unknown): ParseResult {
  const result = v.safeParse(roomRecordingSchema, value);
  return result.success
    ? { success: true, recording: result.output }
    : { success: false, issues: toRecordingIssues(result.issues) };
}

/** The result of `safeParseIdentifiedRecording`. */
type IdentifiedParseResult =
  | { readonly success: true; readonly recording: IdentifiedRecording }
  | { readonly success: false; readonly issues: readonly RecordingIssue[] };

/** Parses a recording as `safeParseRoomRecording` does, and requires that neither of its two SIDs is null. */
export function safeParseIdentifiedRecording(value: unknown): IdentifiedParseResult {
  const result = safeParseRoomRecording(value);
  if (!result.success) return result;
  const { recording } = result;
  const { sid, room_sid } = recording;
  if (sid !== null && room_sid !== null) return { success: true, recording: { ...recording, sid, room_sid } };
  const path = [sid === null ? 'sid' : 'room_sid'];
  const issue = { message: 'The value must be a SID.', path, expected: 'a SID', received: 'null' };
  return { success: false, issues: [issue] };
}

/**
 * Parses a value in the same way as `safeParseRoomRecording`.
 *
 * @returns a new recording with all 17 attributes.
 * @throws {RecordingsError} `invalid_response`: the value is not a recording. `issues` has the reasons.
 * @example
 * const recording = parseRoomRecording(await response.json());
 */
export function parseRoomRecording(value: unknown): RoomRecording {
  return parseWith(roomRecordingSchema, 'room recording', value);
}

/**
 * Parses a value with a schema.
 *
 * @param kind the kind of the value in messages, such as `room recording`.
 * @param details the members of the error that describe the response.
 * @throws {RecordingsError} `invalid_response`: the value does not match the schema. `issues` has the reasons.
 */
export function parseWith<T>(
  schema: v.GenericSchema<unknown, T>,
  kind: string,
  value: unknown,
  details?: InvalidDetails,
): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw createInvalidError(kind, toRecordingIssues(result.issues), details);
}

/** The members of an `invalid_response` that describe the response. */
export type InvalidDetails = Omit<RecordingsErrorDetails, 'issues'>;

/**
 * Creates the error of a value that does not match a schema. Its message has the first issue.
 *
 * @param kind the kind of the value in messages, such as `room recording`.
 */
export function createInvalidError(
  kind: string,
  issues: readonly RecordingIssue[],
  details: InvalidDetails = {},
): RecordingsError {
  const [first] = issues;
  const path = first?.path.join('.') || 'it';
  return new RecordingsError(
    'invalid_response',
    `The value is not a ${kind}: ${path} must be ${first?.expected}, but it is ${first?.received}.`,
    { ...details, issues },
  );
}

const MAX_RECEIVED_LENGTH = 40;
const MAX_NAME_LENGTH = 100;

/** Converts at most 50 issues of valibot. */
function toRecordingIssues(issues: readonly v.BaseIssue<unknown>[]): readonly RecordingIssue[] {
  return issues.slice(0, MAX_ISSUES).map(toRecordingIssue);
}

function toRecordingIssue({ message, path, received }: v.BaseIssue<unknown>): RecordingIssue {
  return {
    message,
    path: path?.map(({ key }) => shorten(String(key), MAX_NAME_LENGTH)) ?? [],
    expected: parseExpected(message),
    received: shorten(received, MAX_RECEIVED_LENGTH),
  };
}

/** The characters of `\p{Cc}`: older React Native does not have property escapes. */
const CONTROL = /[^\u0020-\u007e\u00a0-\uffff]/g;

/** Shortens a text of the server to a part of one line of a log. */
function shorten(text: string, maxLength: number): string {
  const start = copyStart(text, maxLength).replaceAll(CONTROL, ' ');
  return text.length > maxLength ? `${start}…` : start;
}
