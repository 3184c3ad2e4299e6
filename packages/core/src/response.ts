import { copyStart, RecordingsError, type RecordingsErrorCode } from './errors.ts';
import { MAX_BODY_BYTES, readText } from './http/body.ts';
import type { FetchedResponse } from './http/fetch.ts';
import { parseRetryAfter } from './http/retry.ts';
import { invalidRecordingError, safeParseRoomRecording } from './recording/parse.ts';
import { isSameSid, type RecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';

const LONGEST_SAYING = 200;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** What is known of an answer before its body is read. */
interface Head {
  readonly status: number;
  readonly requestId: string | undefined;
}

/**
 * Reads an answer to "this recording", from Twilio or the edge, live or recorded.
 *
 * @param now milliseconds since 1970, to read a Retry-After that is a date.
 * @throws {RecordingsError} what the status says; `invalid_response` for what is no recording,
 * `mismatch` for another one, `network` for a body that breaks off.
 */
export async function parseRecordingResponse(
  response: FetchedResponse,
  asked: RecordingRef,
  now: number = Date.now(),
): Promise<IdentifiedRecording> {
  const { status, headers } = response;
  const requestId = headers.get('Twilio-Request-Id') ?? headers.get('X-Request-Id') ?? undefined;
  const head = { status, requestId };
  if (status === 200) return identify(await readJson(response, head), asked, head);
  // The status has said what there is to know: a body that cannot be read changes nothing.
  const text = await readText(response).catch(() => undefined);
  const retryAfter = parseRetryAfter(headers.get('Retry-After'), now);
  const body = readErrorBody(text);
  throw new RecordingsError(codeForStatus(status), sayingOf(body) ?? describeStatus(status), {
    ...head,
    retryAfter,
    twilioCode: typeof body['code'] === 'number' ? body['code'] : undefined,
  });
}

async function readJson(response: FetchedResponse, head: Head): Promise<unknown> {
  const text = await readText(response).catch((cause: unknown) => {
    throw new RecordingsError('network', 'The answer broke off.', { ...head, cause });
  });
  const body = parseJson(text);
  if (body !== undefined) return body;
  const why = text === undefined ? `is longer than ${MAX_BODY_BYTES} bytes or no UTF-8` : 'is no JSON';
  throw new RecordingsError('invalid_response', `The answer ${why}.`, head);
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body that is no JSON object says nothing. */
function readErrorBody(text: string | undefined): Readonly<Record<string, unknown>> {
  const body = parseJson(text);
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** Twilio says `message`, a problem document `detail`. */
function sayingOf(body: Readonly<Record<string, unknown>>): string | undefined {
  const sayings = [body['message'], body['detail']].filter((saying) => typeof saying === 'string');
  const saying = sayings.find((each) => each.trim() !== '');
  return saying === undefined ? undefined : copyStart(saying, LONGEST_SAYING);
}

function describeStatus(status: number): string {
  // A browser hides the status of a redirect behind 0.
  if (status === 0 || REDIRECTS.has(status)) return 'The server redirected, which is not followed.';
  return `The server answered with status ${status}.`;
}

/**
 * Maps a status other than 200 to the code of its error.
 *
 * @returns `upstream` for a status that has no code of its own.
 */
export function codeForStatus(status: number): RecordingsErrorCode {
  switch (status) {
    case 400:
      return 'invalid_request';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 410:
      return 'deleted';
    case 429:
      return 'rate_limited';
    default:
      return 'upstream';
  }
}

function identify(body: unknown, asked: RecordingRef, head: Head): IdentifiedRecording {
  const result = safeParseRoomRecording(body);
  if (!result.ok) throw invalidRecordingError(result.issues, head);
  const { sid, room_sid } = result.recording;
  if (sid === null || room_sid === null) {
    const path = sid === null ? 'sid' : 'room_sid';
    throw new RecordingsError(
      'invalid_response',
      `The answer does not say which recording it is: ${path} is null.`,
      {
        ...head,
        issues: [{ path, expected: 'a SID', received: 'null' }],
      },
    );
  }
  if (!isSameSid(sid, asked.sid) || !isSameSid(room_sid, asked.roomSid)) {
    const message = `Asked for ${asked.sid} of ${asked.roomSid}, answered with another recording.`;
    throw new RecordingsError('mismatch', message, head);
  }
  return { ...result.recording, sid, room_sid };
}
