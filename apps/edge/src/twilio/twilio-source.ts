import { createRecordingsClient, RecordingsError } from '@room-recordings/core';
import type { FetchFunction } from '../http/types.ts';
import { VERSION } from '../config/config.ts';
import type { TwilioConfig } from '../config/source-config.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { withResilience, type ResilienceServices } from './resilience/resilient-source.ts';
import { withTransferLimits } from './resilience/transfer-limits.ts';

/** Reads from Twilio, one call a read. */
export function twilioSource(
  { baseUrl, auth, accountSid }: TwilioConfig,
  fetch: FetchFunction,
): RecordingSource {
  // No runtime of the edge caches these reads by itself, and `no-store` would add two header fields to each of them.
  const client = createRecordingsClient({ baseUrl, auth, fetch, cache: 'default', retries: 0 });
  return {
    async read({ roomSid, sid }, { signal, onCall } = {}) {
      onCall?.();
      const recording = await client.fetch(roomSid, sid, signal && { signal });
      const { account_sid } = recording;
      if (accountSid === undefined || account_sid === null || account_sid === accountSid) return recording;
      throw new RecordingsError('mismatch', 'The recording is of another account.', { status: 200 });
    },
  };
}

/** Reads from Twilio with all the care that it asks for. */
export function createTwilioSource(
  settings: TwilioConfig,
  fetch: FetchFunction,
  outside: ResilienceServices,
): RecordingSource {
  return withResilience(
    twilioSource(settings, withTransferLimits(withUserAgent(fetch), outside.sleep)),
    outside,
  );
}

/** The product that Twilio and an issuer see in their logs. */
const USER_AGENT = `room-recordings/${VERSION}`;

/**
 * Sends `User-Agent: room-recordings/VERSION` with each request of a fetch.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-10.1.5
 */
export function withUserAgent(fetch: FetchFunction): FetchFunction {
  return (url, init) => {
    const headers = new Headers(init.headers);
    headers.set('user-agent', USER_AGENT);
    return fetch(url, { ...init, headers });
  };
}
