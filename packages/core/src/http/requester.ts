import { RecordingsError } from '../errors.ts';
import type { RecordingsAuth } from './auth.ts';
import { MAX_TIMEOUT_MS, startDeadline, type Deadline } from './deadline.ts';
import {
  type FetchedResponse,
  type FetchLike,
  isFrameworkError,
  toRequestCacheInit,
  type RequestCacheMode,
} from './fetch.ts';
import { createPageAccess } from './page-access.ts';
import { isRetryable, withRetry } from './retry.ts';
import { normalizeBaseUrl } from './url.ts';

/**
 * The options of a client. An option that is undefined has its default.
 *
 * @typeParam Fetch the type of `fetch`, which decides the type of the response of media.
 */
export interface RecordingsClientOptions<Fetch extends FetchLike = FetchLike> {
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
  readonly fetch?: Fetch | undefined;
  /**
   * How requests use the runtime's own caches, as in `RequestInit.cache`. A mode that the runtime's `Request` does not accept
   * is not sent. Default is `no-store`, because Next.js 13 and 14 cache each fetched response until the next build.
   */
  readonly cache?: RequestCacheMode | undefined;
  /**
   * The total time limit of a read, in milliseconds, from 1 to 2,147,483,647. It includes `auth`, retries, delays and
   * response bodies, except those of media. Default is 10,000 (10 seconds).
   */
  readonly timeoutMs?: number | undefined;
  /** The maximum number of further attempts after a retryable error, from 0 to 10. Default is 1. */
  readonly retries?: number | undefined;
}

/** The options of one read. */
export interface ReadOptions {
  /** Aborts the read. */
  readonly signal?: AbortSignal | undefined;
}

/** Sends a request without credentials, to a URL that a response names. */
type Follow = (url: string, headers: Readonly<Record<string, string>>) => Promise<FetchedResponse>;

/** A read: its URL, its headers, and the parser of its response. */
interface Read<T> {
  /** The path and query below the base URL. */
  readonly path: string;
  readonly parse: (response: FetchedResponse, follow: Follow) => Promise<T>;
  /** The request headers beside `Authorization`. Default is `Accept: application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the result has a body that is read later: the signal of the read still aborts it. */
  readonly isStream?: boolean;
}

/** Reads below a base URL, with the client's credentials and limits. */
export interface Requester {
  readonly request: <T>(read: Read<T>, options: ReadOptions | undefined) => Promise<T>;
  /** Checks whether the same read may succeed later. */
  readonly isTransient: (error: RecordingsError) => boolean;
}

const MAX_RETRIES = 10;

/** The characters of a header's value: visible ASCII and spaces. */
const HEADER_VALUE = /^[\x20-\x7e]*$/;

/**
 * Creates the requester of a client.
 *
 * @throws {RecordingsError} `invalid_request`: `baseUrl` would expose the credentials, or `timeoutMs`, `retries` or `cache`
 * has a value that is not allowed.
 */
export function createRequester(options: RecordingsClientOptions): Requester {
  const { auth, allowInsecureHttp = false } = options;
  // Read at each call, because a program may replace the runtime's `fetch` later.
  const fetchLike: FetchLike = options.fetch ?? ((url, init) => fetch(url, init));
  const base = normalizeBaseUrl(options.baseUrl ?? 'https://video.twilio.com', allowInsecureHttp);
  const timeoutMs = checkRange('timeoutMs', options.timeoutMs ?? 10_000, 1, MAX_TIMEOUT_MS);
  const retries = checkRange('retries', options.retries ?? 1, 0, MAX_RETRIES);
  const cacheInit = toRequestCacheInit(options.cache ?? 'no-store');
  const pageAccess = createPageAccess(base);
  return { request, isTransient };

  async function request<T>(read: Read<T>, { signal }: ReadOptions = {}): Promise<T> {
    const deadline = startDeadline(timeoutMs, signal);
    let isStream = false;
    try {
      deadline.check();
      const headers = {
        Accept: 'application/json',
        ...read.headers,
        ...(await deadline.race(authorize(auth))),
      };
      const result = await withRetry(() => attempt(read, headers, deadline), retries, deadline, isTransient);
      isStream = read.isStream === true;
      return result;
    } finally {
      deadline.clear(isStream);
    }
  }

  async function attempt<T>(
    { path, parse }: Read<T>,
    requestHeaders: Readonly<Record<string, string>>,
    deadline: Deadline,
  ): Promise<T> {
    deadline.check();
    const send: Follow = async (url, headers) => {
      const { signal } = deadline;
      const response = await deadline.race(
        fetchLike(url, { headers, redirect: 'manual', signal, ...cacheInit }),
      );
      pageAccess.recordResponse();
      return response;
    };
    try {
      const response = await send(base + path, requestHeaders);
      return await deadline.race(
        parse(response, (url, headers) => {
          checkTarget(url);
          return send(url, headers);
        }),
      );
    } catch (error) {
      if (error instanceof RecordingsError || isFrameworkError(error)) throw error;
      const advice = pageAccess.explain(error) ?? 'Check baseUrl and the network.';
      throw new RecordingsError('network', `No response was received. ${advice}`, { cause: error });
    }
  }

  /** Only a server that is reached by http itself may name an http URL. */
  function checkTarget(url: string): void {
    if (url.startsWith('https://') || (base.startsWith('http:') && url.startsWith('http://'))) return;
    throw new RecordingsError('upstream', 'The server redirected the request to a URL that is not https.');
  }

  /** CORS would block a retry too. */
  function isTransient(error: RecordingsError): boolean {
    return isRetryable(error) && pageAccess.explain(error.cause) === undefined;
  }
}

/** Checks the value before it is sent, because a runtime that rejects a header's value repeats it in its message. */
async function authorize(auth: RecordingsAuth | undefined): Promise<{ readonly Authorization?: string }> {
  if (auth === undefined) return {};
  const authorization = await callAuth(auth);
  if (typeof authorization === 'string' && HEADER_VALUE.test(authorization))
    return { Authorization: authorization };
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

/**
 * Checks an option.
 *
 * @throws {RecordingsError} `invalid_request`: the value is not an integer of the range.
 */
export function checkRange(name: string, value: number, min: number, max: number): number {
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new RecordingsError('invalid_request', `${name} must be an integer from ${min} to ${max}.`);
}
