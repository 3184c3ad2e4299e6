import { RecordingsError } from './errors.ts';
import type { RecordingsAuth } from './http/auth.ts';
import { MAX_TIMEOUT_MS, startDeadline, type Deadline } from './http/deadline.ts';
import {
  type FetchInit,
  type FetchLike,
  isFrameworkError,
  toRequestCacheInit,
  type RequestCacheMode,
} from './http/fetch.ts';
import { createPageAccess } from './http/page-access.ts';
import { withRetry } from './http/retry.ts';
import { normalizeBaseUrl } from './http/url.ts';
import { parseRecordingResponse } from './response.ts';
import { toRecordingRef, type RecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';

/** The options of a client. An option that is undefined has its default. */
export interface RecordingsClientOptions {
  /**
   * The URL of Twilio or of an edge, with scheme https, or http to this machine. It has no credentials, query or fragment.
   * Default is `https://video.twilio.com`.
   */
  readonly baseUrl?: string | undefined;
  /**
   * Allows a `baseUrl` with scheme http to other machines, to which credentials are then sent unencrypted. Set it for a
   * private network only. Default is false.
   */
  readonly allowInsecureHttp?: boolean | undefined;
  /**
   * Returns the value of the `Authorization` header, or a promise of it: `basicAuth`, `bearerAuth` or your own function. The
   * client calls it once per read. The time it takes counts in `timeoutMs`. By default the header is not sent.
   */
  readonly auth?: RecordingsAuth | undefined;
  /**
   * Sends the requests: the `fetch` of node-fetch, cross-fetch or React Native, or your own function. Default is the
   * runtime's `fetch`.
   */
  readonly fetch?: FetchLike | undefined;
  /**
   * How requests use the runtime's own caches, as in `RequestInit.cache`. A mode that the runtime's `Request` does not accept
   * is not sent. Default is `no-store`, because Next.js 13 and 14 cache each fetched response until the next build.
   */
  readonly cache?: RequestCacheMode | undefined;
  /**
   * The total time limit of a read, in milliseconds, from 1 to 2,147,483,647. It includes `auth`, retries, delays and
   * response bodies. Default is 10,000 (10 seconds).
   */
  readonly timeoutMs?: number | undefined;
  /** The maximum number of further attempts after a retryable error, from 0 to 10. Default is 1. */
  readonly retries?: number | undefined;
}

/** Reads recordings from Twilio or an edge. */
export interface RecordingsClient {
  /**
   * Reads one recording.
   *
   * @param roomSid `RM` and 32 hexadecimal digits. A room's unique name is not accepted, because rooms share names.
   * @param sid `RT` and 32 hexadecimal digits.
   * @param options.signal aborts the read.
   * @throws {RecordingsError} with the `code` of the reason. An error of a framework, which has a text in `digest` as those
   * of Next.js have, is thrown unchanged.
   */
  fetch(
    roomSid: string,
    sid: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<IdentifiedRecording>;
}

const MAX_RETRIES = 10;

/** The characters of a header's value: visible ASCII and spaces. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/**
 * Creates a client for Twilio or an edge.
 *
 * @throws {RecordingsError} `invalid_request`: `baseUrl` would expose the credentials, or `timeoutMs`, `retries` or `cache`
 * has a value that is not allowed.
 * @example
 * const recordings = createRecordingsClient({ auth: basicAuth(apiKey, apiSecret) });
 * const recording = await recordings.fetch(roomSid, sid);
 */
export function createRecordingsClient(options: RecordingsClientOptions = {}): RecordingsClient {
  const { auth, allowInsecureHttp = false } = options;
  const base = normalizeBaseUrl(options.baseUrl ?? 'https://video.twilio.com', allowInsecureHttp);
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const timeoutMs = checkRange('timeoutMs', options.timeoutMs ?? 10_000, 1, MAX_TIMEOUT_MS);
  const retries = checkRange('retries', options.retries ?? 1, 0, MAX_RETRIES);
  const cacheInit = toRequestCacheInit(options.cache ?? 'no-store');
  const page = createPageAccess(base);

  return {
    async fetch(roomSid, sid, { signal } = {}) {
      const ref = toRecordingRef(roomSid, sid);
      const deadline = startDeadline(timeoutMs, signal);
      try {
        deadline.check();
        const headers = await deadline.race(createHeaders(auth));
        return await withRetry(() => attempt(ref, headers, deadline), retries, deadline, isPermanent);
      } finally {
        deadline.clear();
      }
    },
  };

  async function attempt(
    ref: RecordingRef,
    headers: Readonly<Record<string, string>>,
    deadline: Deadline,
  ): Promise<IdentifiedRecording> {
    deadline.check();
    const url = `${base}/v1/Rooms/${ref.roomSid}/Recordings/${ref.sid}`;
    try {
      const init: FetchInit = { headers, redirect: 'manual', signal: deadline.signal, ...cacheInit };
      const response = await deadline.race(send(url, init));
      page.recordResponse();
      return await deadline.race(parseRecordingResponse(response, ref));
    } catch (error) {
      if (error instanceof RecordingsError || isFrameworkError(error)) throw error;
      const advice = page.explain(error) ?? 'Check baseUrl and the network.';
      throw new RecordingsError('network', `No response was received. ${advice}`, { cause: error });
    }
  }

  /** CORS would block a retry too. */
  function isPermanent({ cause }: RecordingsError): boolean {
    return page.explain(cause) !== undefined;
  }
}

/** Checks the value before it is sent, because a runtime that rejects a header's value repeats it in its message. */
async function createHeaders(auth: RecordingsAuth | undefined): Promise<Readonly<Record<string, string>>> {
  if (auth === undefined) return { Accept: 'application/json' };
  const authorization = await callAuth(auth);
  if (typeof authorization === 'string' && HEADER_VALUE.test(authorization))
    return { Accept: 'application/json', Authorization: authorization };
  throw new RecordingsError(
    'invalid_request',
    'auth must return a string of visible ASCII characters and spaces. Check for a trailing newline.',
  );
}

async function callAuth(auth: RecordingsAuth): Promise<unknown> {
  try {
    return await auth();
  } catch (error) {
    if (isFrameworkError(error)) throw error;
    throw new RecordingsError('auth_failed', 'auth failed, so no request was sent. See cause.', {
      cause: error,
    });
  }
}

function checkRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RecordingsError('invalid_request', `${name} must be an integer from ${min} to ${max}.`);
}
