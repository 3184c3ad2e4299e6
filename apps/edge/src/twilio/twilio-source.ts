import { createRecordingsClient, RecordingsError } from '@room-recordings/core';
import type { FetchFunction } from '../http/types.ts';
import { VERSION } from '../config/config.ts';
import type { TwilioConfig } from '../config/source-config.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { CORE_TIMEOUT_MS } from './resilience/policy.ts';
import { withResilience, type ResilienceServices } from './resilience/resilient-source.ts';
import { withTransferLimits } from './resilience/transfer-limits.ts';

/** Creates a source that reads from Twilio with one call per read and without any limit. */
export function twilioSource(
  { baseUrl, auth, accountSid }: TwilioConfig,
  fetch: FetchFunction,
): RecordingSource {
  const client = createRecordingsClient({
    baseUrl,
    auth,
    fetch,
    // No runtime of the edge caches these reads by itself, and `no-store` would add two headers to each request.
    cache: 'default',
    retries: 0,
    timeoutMs: CORE_TIMEOUT_MS,
  });
  return {
    async read({ roomSid, sid }, { signal, onAttempt } = {}) {
      onAttempt?.();
      const recording = await client.fetch(roomSid, sid, signal && { signal });
      const { account_sid } = recording;
      if (accountSid === undefined || account_sid === null || account_sid === accountSid) return recording;
      throw new RecordingsError('mismatch', 'The recording belongs to another account.', { status: 200 });
    },
  };
}

/** Creates a source that reads from Twilio within the limits of `policy.ts`. */
export function createTwilioSource(
  config: TwilioConfig,
  fetch: FetchFunction,
  services: ResilienceServices,
): RecordingSource {
  const limitedFetch = withTransferLimits(withUserAgent(fetch), services.sleep);
  return withResilience(twilioSource(config, limitedFetch), services);
}

/** The product name in the logs of Twilio and of an issuer. */
const USER_AGENT = `room-recordings/${VERSION}`;

/**
 * Wraps a `fetch` so that each request has the header `User-Agent: room-recordings/VERSION`.
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
