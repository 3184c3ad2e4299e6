import type { FetchFunction } from '@room-recordings/core';
import { withResilience, type ResilienceServices } from '../twilio/resilience/resilient-source.ts';
import { withTransferLimits } from '../twilio/resilience/transfer-limits.ts';
import { withUserAgent } from '../upstream/user-agent.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { twilioSource, type TwilioConfig } from '../twilio/twilio-source.ts';

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
