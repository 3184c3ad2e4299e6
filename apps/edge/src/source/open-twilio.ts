import type { FetchRecordings } from '@room-recordings/core';
import { careFor, type CareOutside } from '../upstream/care.ts';
import { limitTransfer } from '../upstream/limits.ts';
import { withUserAgent } from '../upstream/user-agent.ts';
import type { Source } from './source.ts';
import { twilioSource, type TwilioSettings } from './twilio.ts';

/** Reads from Twilio with all the care that it asks for. */
export function openTwilio(settings: TwilioSettings, fetch: FetchRecordings, outside: CareOutside): Source {
  return careFor(twilioSource(settings, limitTransfer(withUserAgent(fetch), outside.delay)), outside);
}
