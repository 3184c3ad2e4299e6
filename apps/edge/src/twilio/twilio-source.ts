import {
  createRecordingsClient,
  RecordingsError,
  type FetchFunction,
  type RecordingsAuth,
} from '@room-recordings/core';
import type { RecordingSource } from '../recordings/recording-source.ts';

/** Who the edge is to Twilio, and where that is. */
export interface TwilioConfig {
  readonly baseUrl: string;
  readonly auth: RecordingsAuth;
  /** The account that every answer has to be of; undefined where none was named. */
  readonly accountSid: string | undefined;
}

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
