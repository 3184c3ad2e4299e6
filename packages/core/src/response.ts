import { copyStart, RecordingsError, type RecordingsErrorCode } from './errors.ts';
import { MAX_BODY_BYTES, readText } from './http/body.ts';
import type { FetchedResponse } from './http/fetch.ts';
import { parseRetryAfter } from './http/retry.ts';
import { createInvalidRecordingError, safeParseRoomRecording } from './recording/parse.ts';
import { isSameSid, toRecordingRef, type RecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';

const MAX_MESSAGE_LENGTH = 200;
const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);
const EDGE_CODE = /^[a-z_]{1,64}$/;

/** The members that every error of one response has. */
interface ResponseMeta {
  readonly status: number;
  readonly requestId: string | undefined;
}

/**
 * Parses the response to a request for one recording, from Twilio or an edge.
 *
 * @param response a `Response`, or the response of another `fetch`. Its body is consumed.
 * @param requested the SIDs of the request. A response about another recording is an error.
 * @param now milliseconds since 1970, to which a date in `Retry-After` is compared; the current time by default.
 * @throws {RecordingsError} `invalid_sid`: `requested` does not hold a room SID and a recording SID.
 * @throws {RecordingsError} `invalid_response`: the body is not a recording, is not UTF-8 or is longer than 1 MiB.
 * @throws {RecordingsError} `mismatch`: the response is about another recording.
 * @throws {RecordingsError} `network`: the connection failed while the body was read.
 * @throws {RecordingsError} the code of the status, if the status is not 200.
 */
export async function parseRecordingResponse(
  response: FetchedResponse,
  requested: { readonly roomSid: string; readonly sid: string },
  now: number = Date.now(),
): Promise<IdentifiedRecording> {
  const ref = toRecordingRef(requested.roomSid, requested.sid);
  const { status, headers } = response;
  const requestId = headers.get('Twilio-Request-Id') ?? headers.get('X-Request-Id') ?? undefined;
  const meta = { status, requestId };
  if (status === 200) return checkIdentity(await readJson(response, meta), ref, meta);
  // The status decides the code, so a body that cannot be read changes nothing.
  const text = await readText(response).catch(() => undefined);
  const body = parseErrorBody(text);
  throw new RecordingsError(codeForStatus(status), errorMessage(body) ?? describeStatus(status), {
    ...meta,
    retryAfter: parseRetryAfter(headers.get('Retry-After'), now),
    twilioCode: typeof body['code'] === 'number' ? body['code'] : undefined,
    edgeCode: findEdgeCode(body, headers.get('Content-Type')),
  });
}

async function readJson(response: FetchedResponse, meta: ResponseMeta): Promise<unknown> {
  const text = await readText(response).catch((cause: unknown) => {
    throw new RecordingsError('network', 'The connection failed while the response body was read.', {
      ...meta,
      cause,
    });
  });
  const body = parseJson(text);
  if (body !== undefined) return body;
  const problem = text === undefined ? `longer than ${MAX_BODY_BYTES} bytes or not UTF-8` : 'not JSON';
  throw new RecordingsError('invalid_response', `The response body is ${problem}.`, meta);
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Parses the body of an error; an empty object for a body that is not a JSON object. */
function parseErrorBody(text: string | undefined): Readonly<Record<string, unknown>> {
  const body = parseJson(text);
  return typeof body === 'object' && body !== null ? { ...body } : {};
}

/** Returns the text of an error: Twilio's `message`, or the `detail` of a problem. */
function errorMessage(body: Readonly<Record<string, unknown>>): string | undefined {
  const texts = [body['message'], body['detail']].filter((text) => typeof text === 'string');
  const message = texts.find((text) => text.trim() !== '');
  return message === undefined ? undefined : copyStart(message, MAX_MESSAGE_LENGTH);
}

/**
 * Returns the member `error` of a problem document of an edge.
 *
 * A text of any other form is not used: the code is compared and logged, and a proxy may have sent the response.
 */
function findEdgeCode(
  body: Readonly<Record<string, unknown>>,
  contentType: string | null,
): string | undefined {
  const { error } = body;
  const isProblem = /^application\/problem\+json\b/i.test(contentType ?? '');
  return isProblem && typeof error === 'string' && EDGE_CODE.test(error) ? error : undefined;
}

function describeStatus(status: number): string {
  // In a browser, the status of a redirect that is not followed is 0.
  if (status === 0 || REDIRECT_STATUSES.has(status)) {
    return 'The server sent a redirect, which the client does not follow.';
  }
  return `The server responded with status ${status}.`;
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

function checkIdentity(body: unknown, ref: RecordingRef, meta: ResponseMeta): IdentifiedRecording {
  const result = safeParseRoomRecording(body);
  if (!result.success) throw createInvalidRecordingError(result.issues, meta);
  const { sid, room_sid } = result.recording;
  if (sid === null || room_sid === null) {
    const name = sid === null ? 'sid' : 'room_sid';
    const issue = { message: 'The value must be a SID.', path: [name], expected: 'a SID', received: 'null' };
    throw createInvalidRecordingError([issue], meta);
  }
  if (!isSameSid(sid, ref.sid) || !isSameSid(room_sid, ref.roomSid)) {
    const message = `The response is about another recording than ${ref.sid} of ${ref.roomSid}.`;
    throw new RecordingsError('mismatch', message, meta);
  }
  return { ...result.recording, sid, room_sid };
}
