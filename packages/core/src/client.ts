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
import { isRecordingSid, isRoomSid, type RecordingRef } from './recording/sid.ts';
import type { IdentifiedRecording } from './recording/types.ts';
import { parseRecordingResponse } from './response.ts';

/** How a client reads. */
export interface RecordingsClientOptions {
  /** `https://video.twilio.com`, or an edge; default Twilio. */
  readonly baseUrl?: string | undefined;
  /** Allows a `baseUrl` of plain http beyond this machine, where the way there is private; default false. */
  readonly allowHttp?: boolean | undefined;
  readonly auth?: RecordingsAuth | undefined;
  /** Sends the requests: the runtime's `fetch` by default, or that of node-fetch, cross-fetch or a program. */
  readonly fetch?: FetchLike | undefined;
  /**
   * How requests deal with the runtime's own caches; default `no-store`, since Next.js 13 and 14 keep what they fetch
   * until the next build. A mode that the runtime's `Request` does not take is left out.
   */
  readonly cache?: RequestCacheMode | undefined;
  /** Milliseconds for a read with all its tries; default 10,000. */
  readonly timeoutMs?: number | undefined;
  /** Further tries after a fault that is safe to repeat, 0 to 10; default 1. */
  readonly retries?: number | undefined;
}

/** Reads recordings. */
export interface RecordingsClient {
  /**
   * Reads one recording.
   *
   * @throws {RecordingsError} with a `code` that says what went wrong. An error of a framework, which has a text in
   * `digest` as those of Next.js have, is thrown as it is.
   */
  fetch(
    roomSid: string,
    sid: string,
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<IdentifiedRecording>;
}

const MOST_RETRIES = 10;

/** What a header's value may hold: visible ASCII and spaces. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/**
 * Makes a client for Twilio or an edge.
 *
 * @throws {RecordingsError} `invalid_request` for a `baseUrl` that would expose the credentials, and for a
 * `timeoutMs`, `retries` or `cache` out of range.
 * @example
 * const recordings = createRecordingsClient({ auth: basicAuth(apiKey, apiSecret) });
 * const recording = await recordings.fetch(roomSid, sid);
 */
export function createRecordingsClient(options: RecordingsClientOptions = {}): RecordingsClient {
  const base = normalizeBaseUrl(options.baseUrl ?? 'https://video.twilio.com', options.allowHttp ?? false);
  const send: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const timeoutMs = checkRange('timeoutMs', options.timeoutMs ?? 10_000, 1, MAX_TIMEOUT_MS);
  const retries = checkRange('retries', options.retries ?? 1, 0, MOST_RETRIES);
  const cacheInit = toRequestCacheInit(options.cache ?? 'no-store');
  const page = createPageAccess(base);
  const { auth } = options;

  return {
    async fetch(roomSid, sid, { signal } = {}) {
      if (!isRoomSid(roomSid)) throw invalidSid('room', 'RM');
      if (!isRecordingSid(sid)) throw invalidSid('recording', 'RT');
      const asked = { roomSid, sid };
      const headers = headersOf(auth);
      const deadline = startDeadline(timeoutMs, signal);
      try {
        return await withRetry(() => ask(asked, headers, deadline), retries, deadline, isLasting);
      } finally {
        deadline.end();
      }
    },
  };

  async function ask(
    asked: RecordingRef,
    headers: Readonly<Record<string, string>>,
    deadline: Deadline,
  ): Promise<IdentifiedRecording> {
    deadline.check();
    const { signal } = deadline;
    const url = `${base}/v1/Rooms/${asked.roomSid}/Recordings/${asked.sid}`;
    try {
      const init: FetchInit = { headers, redirect: 'manual', signal, ...cacheInit };
      const response = await deadline.within(send(url, init));
      page.noteResponse();
      return await deadline.within(parseRecordingResponse(response, asked));
    } catch (fault) {
      if (fault instanceof RecordingsError || isFrameworkError(fault)) throw fault;
      const unread = 'The server could not be read.';
      const hint = page.explain(fault);
      throw new RecordingsError('network', hint === undefined ? unread : `${unread} ${hint}`, {
        cause: fault,
      });
    }
  }

  /** A further try would be refused like the first one. */
  function isLasting({ cause }: RecordingsError): boolean {
    return page.explain(cause) !== undefined;
  }
}

/** Looked at here, because a runtime that refuses a header's value repeats it in its message. */
function headersOf(auth: RecordingsAuth | undefined): Readonly<Record<string, string>> {
  if (auth === undefined) return { Accept: 'application/json' };
  const authorization: unknown = auth();
  if (typeof authorization === 'string' && HEADER_VALUE.test(authorization))
    return { Accept: 'application/json', Authorization: authorization };
  throw new RecordingsError(
    'invalid_request',
    'auth gave no text that a header may hold: look for a line feed at its end.',
  );
}

function checkRange(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RecordingsError('invalid_request', `${name} must be an integer from ${least} to ${most}.`);
}

function invalidSid(what: string, prefix: string): RecordingsError {
  return new RecordingsError('invalid_sid', `A ${what} SID is ${prefix} and 32 hexadecimal digits.`);
}
