import { RecordingsError } from './errors.ts';
import type { FetchedResponse } from './http/fetch.ts';
import { readJsonResponse, toResponseMeta } from './http/json-response.ts';
import { createInvalidError, safeParseIdentifiedRecording } from './recording/parse.ts';
import { isSameSid, toRecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';

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
  const result = safeParseIdentifiedRecording(await readJsonResponse(response, undefined, now));
  const meta = toResponseMeta(response);
  if (!result.success) throw createInvalidError('room recording', result.issues, meta);
  const { recording } = result;
  if (isSameSid(recording.sid, ref.sid) && isSameSid(recording.room_sid, ref.roomSid)) return recording;
  const message = `The response is about another recording than ${ref.sid} of ${ref.roomSid}.`;
  throw new RecordingsError('mismatch', message, meta);
}
