import { RecordingsError, type RecordingRef } from '@room-recordings/core';
import type { TwilioConfig } from '../config/source-config.ts';
import { toErrorCode, retryAfterSeconds } from '../recordings/upstream-error.ts';
import { createMediaLinks, type MediaLinkServices } from '../twilio/media-link.ts';
import { CallNotPermittedError } from '../twilio/resilience/errors.ts';
import { withTransferLimits } from '../twilio/resilience/transfer-limits.ts';
import { withUserAgent } from '../twilio/twilio-source.ts';
import { MediaError, type MediaReadOptions, type MediaSource, type StoredRange } from './media-source.ts';
import { fetchStorageRange } from './storage-range.ts';

const TWILIO_MISSING =
  'Twilio has no media of this recording. A track that was muted all the time has none, and neither has a recording that was deleted.';

const OTHER_HOST =
  'Twilio has the media at a host that this edge does not read, such as a bucket of the account. Operator: MEDIA_HOSTS lists the hosts of the storage.';

/**
 * Creates the media source of a Twilio account. The call for a link counts in the limits of the account; reads of the storage do not.
 *
 * @param hosts the storage hosts that Twilio may redirect to.
 */
export function createTwilioMedia(
  config: TwilioConfig,
  hosts: ReadonlySet<string>,
  services: MediaLinkServices,
): MediaSource {
  const { fetch, sleep, now, monotonic } = services;
  const limitedFetch = withTransferLimits(withUserAgent(fetch), sleep);
  const links = createMediaLinks(config, hosts, { ...services, fetch: limitedFetch });

  async function link(
    id: RecordingRef,
    { client, signal, externalLocation }: MediaReadOptions,
    expired?: string,
  ): Promise<string> {
    // Twilio can write to the bucket of an owner, but cannot read it.
    if (externalLocation) throw new MediaError('external');
    try {
      return await links.get(id, { client, signal }, expired);
    } catch (error) {
      throw toLinkError(error);
    }
  }

  return {
    link,
    async open(id, range, options): Promise<StoredRange> {
      const { signal, ifMatch, reusesMemory } = options;
      const read = (url: string) =>
        fetchStorageRange(url, range, { fetch, sleep, now, monotonic, signal, ifMatch, reusesMemory });
      const url = await link(id, options);
      const first = await read(url);
      if (first !== 'forbidden') return first;
      const second = await read(await link(id, options, url));
      if (second !== 'forbidden') return second;
      links.reject(id);
      throw new MediaError('failed', {
        detail: 'The storage of the media rejected the URL that Twilio signed. Retry in a few seconds.',
      });
    },
  };
}

/** Converts the error of a call for a link. */
function toLinkError(error: unknown): MediaError {
  if (error instanceof CallNotPermittedError) {
    return new MediaError('failed', { code: error.error, retryAfter: error.retryAfter, cause: error });
  }
  if (!(error instanceof RecordingsError)) return new MediaError('failed', { cause: error });
  const code = toErrorCode(error);
  if (code === 'not_found' || code === 'recording_deleted')
    return new MediaError('missing', { detail: TWILIO_MISSING, cause: error });
  const detail = code === 'upstream_redirect' ? { detail: OTHER_HOST } : {};
  return new MediaError('failed', { ...detail, code, retryAfter: retryAfterSeconds(error), cause: error });
}
