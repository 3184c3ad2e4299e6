import { createRecordingsClient, RecordingsError, type RoomRecording } from '@room-recordings/core';
import type { FetchFunction } from '../http/types.ts';
import { VERSION } from '../config/config.ts';
import type { TwilioConfig } from '../config/source-config.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { CORE_TIMEOUT_MS, MAX_PAGE_BYTES } from './resilience/policy.ts';
import { parsePagePosition } from './page-position.ts';
import {
  createResilientCalls,
  type ResilienceServices,
  type ResilientCalls,
} from './resilience/resilient-calls.ts';
import { withResilience } from './resilience/resilient-source.ts';
import { withTransferLimits } from './resilience/transfer-limits.ts';

/**
 * Creates a source that reads from Twilio with one call per read and without any limit.
 *
 * @param fetchPage fetches the pages of lists. Default: `fetch`.
 */
export function twilioSource(
  { baseUrl, auth, accountSid }: TwilioConfig,
  fetch: FetchFunction,
  fetchPage: FetchFunction = fetch,
): RecordingSource {
  const options = {
    baseUrl,
    auth,
    // No runtime of the edge caches these reads by itself, and `no-store` would add two headers to each request.
    cache: 'default',
    retries: 0,
    timeoutMs: CORE_TIMEOUT_MS,
  } as const;
  const client = createRecordingsClient({ ...options, fetch });
  const pageClient = createRecordingsClient({ ...options, fetch: fetchPage });
  return {
    async read({ roomSid, sid }, { signal, onAttempt } = {}) {
      onAttempt?.();
      const recording = await client.fetch(roomSid, sid, signal && { signal });
      checkAccount(recording);
      return recording;
    },
    async list(roomSid, { page: pageNumber, ...query }, { signal, onAttempt } = {}) {
      onAttempt?.();
      const { recordings, meta } = await pageClient.page(
        roomSid,
        { ...query, pageNumber },
        signal && { signal },
      );
      recordings.forEach(checkAccount);
      return {
        recordings,
        invalid: meta.invalid ?? [],
        previous: parsePagePosition(meta.previous_page_url),
        next: parsePagePosition(meta.next_page_url),
      };
    },
  };

  function checkAccount({ account_sid }: RoomRecording): void {
    if (accountSid === undefined || account_sid === null || account_sid === accountSid) return;
    throw new RecordingsError('mismatch', 'The recording belongs to another account.', { status: 200 });
  }
}

/**
 * Creates a source that reads from Twilio within the limits of `policy.ts`.
 *
 * @param calls the calls to the account. Default: calls that nothing else shares.
 */
export function createTwilioSource(
  config: TwilioConfig,
  fetch: FetchFunction,
  services: ResilienceServices,
  calls: ResilientCalls = createResilientCalls(services),
): RecordingSource {
  const send = withUserAgent(fetch);
  const limitedFetch = withTransferLimits(send, services.sleep);
  const fetchPage = withTransferLimits(send, services.sleep, MAX_PAGE_BYTES);
  return withResilience(twilioSource(config, limitedFetch, fetchPage), calls);
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
