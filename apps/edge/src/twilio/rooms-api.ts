import { RecordingsError, type RecordingsErrorCode, type RoomSid } from '@room-recordings/core';
import * as v from 'valibot';
import type { FetchFunction } from '../http/types.ts';
import type { TwilioTokenConfig } from '../config/auth-config.ts';
import { TWILIO_ACCOUNT_THROTTLED } from './resilience/policy.ts';
import { normalizeSid } from './sid.ts';

const ROOM = v.object({ sid: v.string(), account_sid: v.string(), unique_name: v.nullable(v.string()) });
const ERROR = v.object({ code: v.number() });

/** The statuses that say more than that there is no answer now. */
const CODES: Readonly<Record<number, RecordingsErrorCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  429: 'rate_limited',
};

/**
 * Asks Twilio for a room's unique name; null for a room that has none or is not there.
 *
 * @throws {RecordingsError} what the status says; `invalid_response` for what is no room, `mismatch` for another one or one of
 * another account. Beside that whatever `fetch` throws.
 * @see https://www.twilio.com/docs/video/api/rooms-resource
 */
export async function fetchRoomName(
  roomSid: RoomSid,
  { baseUrl, auth, accountSid }: Pick<TwilioTokenConfig, 'baseUrl' | 'auth' | 'accountSid'>,
  fetch: FetchFunction,
  signal: AbortSignal,
): Promise<string | null> {
  const response = await fetch(`${baseUrl}/v1/Rooms/${roomSid}`, {
    headers: { accept: 'application/json', authorization: auth() },
    redirect: 'manual',
    signal,
  });
  if (response.status !== 200) {
    const fault = await readFault(response);
    if (fault.code === 'not_found' && fault.twilioCode !== TWILIO_ACCOUNT_THROTTLED) return null;
    throw fault;
  }
  const room = v.safeParse(ROOM, tryParseJson(await response.text()));
  if (!room.success) throw new RecordingsError('invalid_response', 'It is no room.', { status: 200 });
  const { sid, account_sid, unique_name } = room.output;
  if (normalizeSid(sid) !== roomSid || account_sid !== accountSid) {
    throw new RecordingsError('mismatch', 'It is another room.', { status: 200 });
  }
  return unique_name;
}

async function readFault(response: Response): Promise<RecordingsError> {
  const { status, headers } = response;
  // The status has said enough: a body that cannot be read changes nothing.
  const error = v.safeParse(ERROR, tryParseJson(await response.text().catch(() => '')));
  const retryAfter = headers.get('retry-after') ?? '';
  return new RecordingsError(CODES[status] ?? 'upstream', `The room was answered with ${status}.`, {
    status,
    retryAfter: /^\d{1,9}$/.test(retryAfter) ? Number(retryAfter) : undefined,
    twilioCode: error.success ? error.output.code : undefined,
  });
}

/** Reads JSON; undefined for what is none. The runtime's own fault is not passed on, because its message repeats the text. */
export function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
