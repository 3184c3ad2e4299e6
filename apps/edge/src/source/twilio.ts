import { createRecordingsClient, type FetchRecordings, type RecordingsAuth } from '@room-recordings/core';
import type { Source } from './source.ts';

/** Who the edge is to Twilio, and where that is. */
export interface TwilioSettings {
  readonly baseUrl: string;
  readonly auth: RecordingsAuth;
}

/** Reads from Twilio, one call a read. */
export function twilioSource({ baseUrl, auth }: TwilioSettings, fetch: FetchRecordings): Source {
  const client = createRecordingsClient({ baseUrl, auth, fetch, retries: 0 });
  return { read: ({ roomSid, sid }) => client.fetch(roomSid, sid) };
}
