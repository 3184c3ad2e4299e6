import type { FetchFunction } from '@room-recordings/core';
import { withResilience, type ResilienceServices } from '../upstream/care.ts';
import { withTransferLimits } from '../upstream/limits.ts';
import { withUserAgent } from '../upstream/user-agent.ts';
import type { RecordingSource } from './source.ts';
import { twilioSource, type TwilioConfig } from './twilio.ts';

/** Reads from Twilio with all the care that it asks for. */
export function createTwilioSource(
  settings: TwilioConfig,
  fetch: FetchFunction,
  outside: ResilienceServices,
): RecordingSource {
  return withResilience(
    twilioSource(settings, withTransferLimits(withUserAgent(fetch), outside.delay)),
    outside,
  );
}
