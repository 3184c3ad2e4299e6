import { RecordingsError } from './errors.ts';

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
