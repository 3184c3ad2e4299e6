import { RecordingsError } from '../errors.ts';

/**
 * What a client gives to `fetch`: the part of `RequestInit` that implementations other than the platform's take as well.
 *
 * It may hold `cache` too, which is left out of the type because platforms do not agree on its values.
 */
export interface FetchInit {
  readonly headers: Readonly<Record<string, string>>;
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What a client reads of a response: a `Response`, or that of node-fetch or React Native. */
export interface FetchedResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  /** A web stream, a stream of Node, null for an empty body, or nothing if the body comes in one piece. */
  readonly body?: unknown;
  text(): Promise<string>;
  arrayBuffer?(): Promise<ArrayBuffer>;
  clone?(): FetchedResponse;
}

/** The part of `fetch` that a client uses, of any implementation. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchedResponse>;

/**
 * Checks whether a fault belongs to the framework around the program, which has to see it as it is.
 *
 * Next.js ends a static render by errors out of its `fetch`, such as that for `cache: 'no-store'`, and recognises them by
 * the text in `digest` alone; React marks a postponed render by `$$typeof`.
 *
 * @see https://nextjs.org/docs/messages/dynamic-server-error
 */
export function isFrameworkError(fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null) return false;
  return ('digest' in fault && typeof fault.digest === 'string') || '$$typeof' in fault;
}

/** How a request uses the caches of its runtime, as in `RequestInit.cache`. */
export type RequestCacheMode = 'default' | 'force-cache' | 'no-cache' | 'no-store' | 'reload';

/** The part of `RequestInit` that holds the mode; empty for `default`. */
export interface RequestCacheInit {
  readonly cache?: RequestCacheMode;
}

const MODES: ReadonlySet<unknown> = new Set<RequestCacheMode>([
  'default',
  'force-cache',
  'no-cache',
  'no-store',
  'reload',
]);

const PROBE_URL = 'https://example.com/';

/**
 * Turns a cache mode into what `fetch` is given: nothing if the runtime's `Request` does not take the mode.
 *
 * @throws {RecordingsError} `invalid_request` for anything else than a mode.
 */
export function toRequestCacheInit(mode: RequestCacheMode): RequestCacheInit {
  if (!MODES.has(mode)) {
    throw new RecordingsError('invalid_request', `cache must be one of ${[...MODES].join(', ')}.`);
  }
  return mode === 'default' || !isTaken(mode) ? {} : { cache: mode };
}

/**
 * Checks a mode on a `Request` that is never sent: workerd throws for `cache` before the compatibility date 2024-11-11
 * and for some modes after it, and React Native's `Request` adds a parameter to the URL for `no-store`.
 */
function isTaken(mode: RequestCacheMode): boolean {
  try {
    return new Request(PROBE_URL, { cache: mode }).url === PROBE_URL;
  } catch {
    return false;
  }
}
