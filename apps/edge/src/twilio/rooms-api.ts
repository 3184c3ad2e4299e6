import { codeForStatus, parseRetryAfter, RecordingsError, type RoomSid } from '@room-recordings/core';
import * as v from 'valibot';
import type { TwilioTokenConfig } from '../config/auth-config.ts';
import type { FetchFunction } from '../http/types.ts';
import { TWILIO_ACCOUNT_THROTTLED } from './resilience/policy.ts';
import { normalizeSid } from './sid.ts';

const roomSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({ sid: v.string(), account_sid: v.string(), unique_name: v.nullable(v.string()) }),
);

const errorSchema = v.pipe(v.string(), v.parseJson(), v.object({ code: v.number() }));

/** The services of one call. */
interface RoomFetchServices {
  readonly fetch: FetchFunction;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

/**
 * Fetches the unique name of a room from Twilio.
 *
 * @returns null if the room has no unique name or does not exist.
 * @throws {RecordingsError} the code of the status; `invalid_response` if the body is not a room; `mismatch` if the room has another SID
 * or belongs to another account.
 * @throws an error of `fetch` as it is.
 * @see https://www.twilio.com/docs/video/api/rooms-resource
 */
export async function fetchRoomName(
  roomSid: RoomSid,
  { baseUrl, auth, accountSid }: Pick<TwilioTokenConfig, 'baseUrl' | 'auth' | 'accountSid'>,
  { fetch, now, signal }: RoomFetchServices,
): Promise<string | null> {
  const response = await fetch(`${baseUrl}/v1/Rooms/${roomSid}`, {
    headers: { accept: 'application/json', authorization: await auth() },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    const error = await toError(response, now());
    if (error.code === 'not_found' && error.twilioCode !== TWILIO_ACCOUNT_THROTTLED) return null;
    throw error;
  }
  const room = v.safeParse(roomSchema, await response.text());
  if (!room.success)
    throw new RecordingsError('invalid_response', 'The response is not a room.', { status: 200 });
  const { sid, account_sid, unique_name } = room.output;
  if (normalizeSid(sid) !== roomSid || account_sid !== accountSid) {
    throw new RecordingsError('mismatch', 'The response is another room.', { status: 200 });
  }
  return unique_name;
}

async function toError(response: Response, now: number): Promise<RecordingsError> {
  const { status, headers } = response;
  // The status decides the code, so a body that cannot be read changes nothing.
  const body = v.safeParse(errorSchema, await response.text().catch(() => ''));
  return new RecordingsError(codeForStatus(status), `Twilio responded to the room lookup with ${status}.`, {
    status,
    requestId: headers.get('twilio-request-id') ?? undefined,
    retryAfter: parseRetryAfter(headers.get('retry-after'), now),
    twilioCode: body.success ? body.output.code : undefined,
  });
}
