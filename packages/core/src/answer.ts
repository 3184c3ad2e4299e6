import { readBody } from './body.ts';
import { RecordingsError, type RecordingsErrorCode } from './errors.ts';
import { refuse, safeParseRoomRecording } from './parse.ts';
import type { IdentifiedRecording } from './recording.ts';
import { readRetryAfter } from './retry-after.ts';
import { isSameSid, type RecordingSid, type RoomSid } from './sid.ts';

/** Which recording an answer has to be about. */
export interface AskedRecording {
  readonly roomSid: RoomSid;
  readonly sid: RecordingSid;
}

function codeOf(status: number): RecordingsErrorCode {
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Twilio says `message`, a problem document `detail`; a body that is no JSON says nothing. */
function sayingOf(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const { message, detail } = body as { readonly message?: unknown; readonly detail?: unknown };
  const saying = message ?? detail;
  return typeof saying === 'string' ? saying.slice(0, 200) : undefined;
}

/**
 * Reads an answer to "this recording", from Twilio or the edge, live or recorded.
 *
 * @param now milliseconds since 1970, to read a Retry-After that is a date.
 * @throws {RecordingsError} what the status says; `invalid_response` for what is no recording,
 * `mismatch` for another one.
 */
export async function readRecording(
  response: Response,
  asked: AskedRecording,
  now: number = Date.now(),
): Promise<IdentifiedRecording> {
  const { status, headers } = response;
  const requestId = headers.get('Twilio-Request-Id') ?? headers.get('X-Request-Id') ?? undefined;
  const text = await readBody(response);
  const body = parseJson(text);
  if (status !== 200) {
    throw new RecordingsError(
      codeOf(status),
      sayingOf(body) ?? `The server answered with status ${status}.`,
      {
        status,
        requestId,
        retryAfter: readRetryAfter(headers.get('Retry-After'), now),
      },
    );
  }
  if (body === undefined) {
    throw new RecordingsError('invalid_response', 'The answer is no JSON.', { status, requestId });
  }
  return identify(body, asked, { status, requestId });
}

function identify(
  body: unknown,
  asked: AskedRecording,
  details: { readonly status: number; readonly requestId: string | undefined },
): IdentifiedRecording {
  const result = safeParseRoomRecording(body);
  if (!result.ok) throw refuse(result.issues, details);
  const { recording } = result;
  const { sid, room_sid } = recording;
  if (sid === null || room_sid === null) {
    const path = sid === null ? 'sid' : 'room_sid';
    throw new RecordingsError(
      'invalid_response',
      `The answer does not say which recording it is: ${path} is null.`,
      {
        ...details,
        issues: [{ path, expected: 'a SID', received: 'null' }],
      },
    );
  }
  if (!isSameSid(sid, asked.sid) || !isSameSid(room_sid, asked.roomSid)) {
    throw new RecordingsError(
      'mismatch',
      `Asked for ${asked.sid} of ${asked.roomSid}, answered with another recording.`,
      details,
    );
  }
  return { ...recording, sid, room_sid };
}
