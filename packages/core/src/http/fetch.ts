import { RecordingsError } from '../errors.ts';

/**
 * The second argument of `fetch`: the part of `RequestInit` that implementations other than the platform's accept as well.
 *
 * The object may have `cache` too, which is not in the type because platforms do not agree on its values.
 */
export interface FetchInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** The part of a response that a client reads: a `Response`, or the response of node-fetch or React Native. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** A web stream, a stream of Node, or null for an empty body; undefined if the body is not a stream. */
  readonly body?: unknown;
  text(): Promise<string>;
  arrayBuffer?(): Promise<ArrayBuffer>;
  clone?(): FetchedResponse;
}

/** A `fetch` that a client can call: the platform's, that of node-fetch, cross-fetch or React Native, or your own. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchedResponse>;

/** The response of the runtime's `fetch`, if its types are known; otherwise the part of it that a client reads. */
export type PlatformResponse = typeof globalThis extends {
  fetch: (...given: never[]) => Promise<infer Platform extends FetchedResponse>;
}
  ? Platform
  : FetchedResponse;

/**
 * Checks whether an error belongs to the program's framework, which has to receive it unchanged.
 *
 * Next.js ends a static render by errors of its `fetch`, such as that for `cache: 'no-store'`, and recognises them by the
 * text in `digest` alone; React marks a postponed render by `$$typeof`.
 *
 * @see https://nextjs.org/docs/messages/dynamic-server-error
 */
export function isFrameworkError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  return ('digest' in error && typeof error.digest === 'string') || '$$typeof' in error;
}

/** How a request uses the caches of its runtime: the values of `RequestInit.cache`. */
export type RequestCacheMode = 'default' | 'force-cache' | 'no-cache' | 'no-store' | 'reload';

/** The member of `RequestInit` that holds the mode; absent for `default`. */
export interface RequestCacheInit {
  readonly cache?: RequestCacheMode;
}

const CACHE_MODES: ReadonlySet<unknown> = new Set<RequestCacheMode>([
  'default',
  'force-cache',
  'no-cache',
  'no-store',
  'reload',
]);

const PROBE_URL = 'https://example.com/';

/**
 * Converts a cache mode to a part of `RequestInit`.
 *
 * @returns an empty object for `default`, and for a mode that the runtime's `Request` does not accept.
 * @throws {RecordingsError} `invalid_request`: the value is not a cache mode.
 */
export function toRequestCacheInit(mode: RequestCacheMode): RequestCacheInit {
  if (!CACHE_MODES.has(mode)) {
    throw new RecordingsError('invalid_request', `cache must be one of ${[...CACHE_MODES].join(', ')}.`);
  }
  return mode === 'default' || !isSupported(mode) ? {} : { cache: mode };
}

/**
 * Checks whether the runtime supports a mode, on a `Request` that is never sent: workerd throws for `cache` before the compatibility date 2024-11-11
 * and for some modes after it, and React Native's `Request` adds a parameter to the URL for `no-store`.
 */
function isSupported(mode: RequestCacheMode): boolean {
  try {
    return new Request(PROBE_URL, { cache: mode }).url === PROBE_URL;
  } catch {
    return false;
  }
}
