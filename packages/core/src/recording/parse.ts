import * as v from 'valibot';
import {
  MAX_ISSUES,
  RecordingsError,
  type RecordingIssue,
  type RecordingsErrorDetails,
  copyStart,
} from '../errors.ts';
import { roomRecordingSchema } from './schema.ts';
import type { RoomRecording } from './types.ts';

/** What `safeParseRoomRecording` found. */
export type ParseResult =
  | { readonly ok: true; readonly recording: RoomRecording }
  | { readonly ok: false; readonly issues: readonly RecordingIssue[] };

const LONGEST_VALUE = 40;
const LONGEST_PATH = 120;

/** What `\p{Cc}` is: older React Native does not have property escapes. */
const CONTROL = /[^\u0020-\u007e\u00a0-\uffff]/g;

/** A value that came from outside, fit for one line of a log. */
function shorten(text: string, longest: number): string {
  const start = copyStart(text, longest).replaceAll(CONTROL, ' ');
  return text.length > longest ? `${start}…` : start;
}

function describe(issue: v.BaseIssue<unknown>): RecordingIssue {
  const isPlainType = issue.kind === 'schema' && issue.type !== 'custom';
  return {
    path: shorten(v.getDotPath(issue) ?? '', LONGEST_PATH),
    expected: isPlainType && issue.expected !== null ? issue.expected : issue.message,
    received: shorten(issue.received, LONGEST_VALUE),
  };
}

/**
 * Checks a value without throwing: a fresh recording with all 17 attributes, or the issues.
 *
 * Absent nullable attributes become null, the codec upper case, integer texts numbers; unknown
 * attributes are dropped.
 */
export function safeParseRoomRecording(value: unknown): ParseResult {
  const result = v.safeParse(roomRecordingSchema, value);
  return result.success
    ? { ok: true, recording: result.output }
    : { ok: false, issues: result.issues.slice(0, MAX_ISSUES).map(describe) };
}

/**
 * Checks a value and returns it as a recording, like `safeParseRoomRecording`.
 *
 * @throws {RecordingsError} `invalid_response`, with `issues`.
 * @example
 * const recording = parseRoomRecording(await response.json());
 */
export function parseRoomRecording(value: unknown): RoomRecording {
  const result = safeParseRoomRecording(value);
  if (result.ok) return result.recording;
  throw invalidRecordingError(result.issues);
}

/** The error of a value that is no recording, with what is known of the answer that brought it. */
export function invalidRecordingError(
  issues: readonly RecordingIssue[],
  details: Omit<RecordingsErrorDetails, 'issues'> = {},
): RecordingsError {
  const [first] = issues;
  const where = first?.path ? ` at ${first.path}` : '';
  return new RecordingsError(
    'invalid_response',
    `This is not a room recording${where}: expected ${first?.expected}, received ${first?.received}.`,
    { ...details, issues },
  );
}
