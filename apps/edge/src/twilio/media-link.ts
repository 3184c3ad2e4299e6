import { parseRecordingResponse, RecordingsError, type RecordingRef } from '@room-recordings/core';
import type { Sleep } from '@room-recordings/http-cache';
import { SingleFlight } from '../concurrency/single-flight.ts';
import { withTimeout } from '../concurrency/timeout.ts';
import { TwoGenerationCache } from '../concurrency/two-generation-cache.ts';
import type { TwilioConfig } from '../config/source-config.ts';
import type { FetchFunction } from '../http/types.ts';
import { RememberedError } from './resilience/errors.ts';
import { MAX_MEDIA_LINKS, MEDIA_ERROR_SECONDS, RESPONSE_TIMEOUT_MS } from './resilience/policy.ts';
import type { ResilientCalls } from './resilience/resilient-calls.ts';
import { computeLinkLifetimeMs, LINK_TTL_SECONDS, parseStorageUrl } from './storage-url.ts';

const REDIRECT_STATUSES = new Set([301, 302, 303, 307, 308]);

/** A link, and the milliseconds for which it may be remembered. */
interface FetchedLink {
  readonly url: string;
  readonly lifetimeMs: number;
}

/** The options of one call for a link. */
interface LinkCallOptions {
  /** The entries of `MEDIA_HOSTS`. */
  readonly hosts: ReadonlySet<string>;
  readonly fetch: FetchFunction;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly signal: AbortSignal;
}

/**
 * Fetches the signed URL of a recording's media from Twilio. The redirect is not followed, because the storage must not get the
 * credentials.
 *
 * @returns the URL at one of the allowed hosts, and the time for which it may be remembered.
 * @throws {RecordingsError} `upstream` with the status 302: the URL is not allowed, or header and body have different ones.
 * @throws {RecordingsError} `invalid_response`: the response has no URL.
 * @throws {RecordingsError} the code of the status, such as `not_found`.
 * @see https://www.twilio.com/docs/video/api/recordings-resource#get-media-subresource
 */
async function fetchMediaLink(
  id: RecordingRef,
  { baseUrl, auth }: TwilioConfig,
  { hosts, fetch, now, signal }: LinkCallOptions,
): Promise<FetchedLink> {
  const path = `/v1/Rooms/${id.roomSid}/Recordings/${id.sid}/Media?Ttl=${LINK_TTL_SECONDS}`;
  const init = { headers: { accept: 'application/json', authorization: await auth() }, signal } as const;
  const response = await fetch(baseUrl + path, { ...init, redirect: 'manual' }).catch((error: unknown) => {
    throw toNetworkError(error, undefined, signal);
  });
  const { status, headers } = response;
  if (status !== 200 && !REDIRECT_STATUSES.has(status)) {
    await parseRecordingResponse(response, id, now);
  }
  const location = headers.get('location') ?? undefined;
  const text = await response.text().catch((error: unknown) => {
    throw toNetworkError(error, status, signal);
  });
  const redirectTo = parseRedirectTo(text);
  const texts = [location, redirectTo].filter((found) => found !== undefined);
  if (texts.length === 0) {
    throw new RecordingsError('invalid_response', 'The response has no URL of the media.', { status });
  }
  // Each URL is validated, also if the other one is allowed.
  const urls = texts.map((found) => parseStorageUrl(found, hosts));
  const [url] = urls;
  if (url === undefined || urls.some((other) => other !== url)) {
    throw new RecordingsError('upstream', 'The URL of the media is not allowed.', { status: 302 });
  }
  // The clock of Twilio has signed the URL, and may differ from the one of this machine.
  const date = Date.parse(headers.get('date') ?? '');
  return { url, lifetimeMs: computeLinkLifetimeMs(url, Number.isNaN(date) ? now : date) };
}

/** Converts an error of `fetch` or of a body, so that it counts for the circuit breaker. */
function toNetworkError(cause: unknown, status: number | undefined, signal: AbortSignal): RecordingsError {
  if (signal.aborted) return new RecordingsError('aborted', 'The call was aborted.', { status, cause });
  if (cause instanceof RecordingsError && status === undefined) return cause;
  return new RecordingsError('network', 'The connection to Twilio failed.', { status, cause });
}

/** @returns the member `redirect_to` of a JSON body; undefined without one. A value that is not text gives a URL that is not allowed. */
function parseRedirectTo(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof body !== 'object' || body === null || !('redirect_to' in body)) return undefined;
  return typeof body.redirect_to === 'string' ? body.redirect_to : '';
}

/** The services of {@link createMediaLinks}. */
export interface MediaLinkServices {
  readonly fetch: FetchFunction;
  readonly calls: ResilientCalls;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds of a clock for durations. */
  readonly monotonic: () => number;
  readonly sleep: Sleep;
}

/** The options of one request for a link. */
interface MediaLinkOptions {
  readonly client: string | undefined;
  readonly signal: AbortSignal;
}

/** The signed URLs of media, of which each is fetched once and remembered until a minute before it expires. */
export interface MediaLinks {
  /**
   * Returns the URL of a recording's media.
   *
   * @param expired a URL that the storage has rejected, which is not returned again.
   * @throws {RecordingsError | CallNotPermittedError} the error of the call to Twilio.
   */
  get(id: RecordingRef, options: MediaLinkOptions, expired?: string): Promise<string>;
  /** Ends the calls for links of a recording for ten seconds, because the storage rejects new links too. */
  reject(id: RecordingRef): void;
}

/** A remembered URL or error. */
type Remembered = ({ readonly url: string } | { readonly error: RememberedError }) & {
  /** Milliseconds of the clock for durations. */
  readonly until: number;
};

/** Creates the links of an account. A URL is a secret, so it is neither logged nor stored outside the memory. */
export function createMediaLinks(
  config: TwilioConfig,
  hosts: ReadonlySet<string>,
  services: MediaLinkServices,
): MediaLinks {
  const { fetch, calls, now, monotonic, sleep } = services;
  const remembered = new TwoGenerationCache<Remembered>({ maxEntries: MAX_MEDIA_LINKS });
  const flights = new SingleFlight<string>(RESPONSE_TIMEOUT_MS, monotonic);

  function rememberError(key: string, error: RecordingsError): void {
    const until = monotonic() + MEDIA_ERROR_SECONDS * 1_000;
    remembered.set(key, { error: new RememberedError(error), until });
  }

  async function fetchLink(id: RecordingRef, key: string, client: string | undefined): Promise<string> {
    try {
      const { url, lifetimeMs } = await calls.run({
        resource: key,
        client,
        attempt: (signal) => fetchMediaLink(id, config, { hosts, fetch, now: now(), signal }),
      });
      remembered.set(key, { url, until: monotonic() + lifetimeMs });
      return url;
    } catch (error) {
      // Twilio throttles an account that requests many resources that do not exist.
      if (error instanceof RecordingsError && error.code === 'not_found') rememberError(key, error);
      throw error;
    }
  }

  return {
    async get(id, { client, signal }, expired) {
      const key = toKey(id);
      const entry = remembered.get(key);
      const found = entry !== undefined && monotonic() < entry.until ? entry : undefined;
      if (found !== undefined && 'error' in found) throw found.error;
      if (found !== undefined && found.url !== expired) return found.url;
      const flight = flights.get(key) ?? flights.start(key, () => fetchLink(id, key, client));
      // The call continues without the client that started it, because other requests may wait for it.
      return waitFor(flight, signal, sleep);
    },
    reject(id) {
      rememberError(
        toKey(id),
        new RecordingsError('upstream', 'The storage rejects the URL of the media.', { status: 502 }),
      );
    },
  };
}

function toKey({ roomSid, sid }: RecordingRef): string {
  return `${roomSid}/${sid}/Media`;
}

/**
 * Waits for a call that another request may have started. On Workers such a call never ends if that request was cancelled.
 *
 * @throws {RecordingsError} `timeout`: the call did not end in time.
 * @throws the reason of the signal if it aborts.
 */
async function waitFor(work: Promise<string>, signal: AbortSignal, sleep: Sleep): Promise<string> {
  const url = await withTimeout(work, RESPONSE_TIMEOUT_MS, sleep, signal);
  if (url !== undefined) return url;
  throw new RecordingsError('timeout', 'No URL of the media arrived in time.');
}
