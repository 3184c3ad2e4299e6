import { sleep } from '@room-recordings/http-cache';
import type { Config } from '../config/config.ts';
import type { TwilioConfig } from '../config/source-config.ts';
import type { FetchFunction } from '../http/types.ts';
import type { MediaSource } from '../media/media-source.ts';
import { createTwilioMedia } from '../media/twilio-media.ts';
import type { RecordingSource } from '../recordings/recording-source.ts';
import { createResilientCalls } from '../twilio/resilience/resilient-calls.ts';
import { createTwilioSource } from '../twilio/twilio-source.ts';

/** The recordings and the media of a Twilio account. */
interface OpenTwilio {
  readonly source: RecordingSource;
  /** Undefined if no media is served. */
  readonly media: MediaSource | undefined;
}

// `fetch` is resolved at each call: a runtime rejects another `this`, and a test may replace the global.
const runtimeFetch: FetchFunction = (url, init) => fetch(url, init);

/**
 * Creates the sources of a Twilio account, on any runtime. Both share the limits of the account.
 *
 * @param monotonic milliseconds of a clock for durations.
 */
export function openTwilio(
  twilio: TwilioConfig,
  { media, staleOnUpstreamAuth }: Config,
  monotonic: () => number,
): OpenTwilio {
  const services = { now: monotonic, sleep, random: Math.random, staleOnUpstreamAuth };
  const calls = createResilientCalls(services);
  return {
    source: createTwilioSource(twilio, runtimeFetch, services, calls),
    media:
      media.mode === 'off'
        ? undefined
        : createTwilioMedia(twilio, media.hosts, {
            fetch: runtimeFetch,
            calls,
            now: Date.now,
            monotonic,
            sleep,
          }),
  };
}
