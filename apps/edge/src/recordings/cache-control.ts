import type { RecordingStatus } from '@room-recordings/core';
import type { CacheEntry, StoredResponse } from '@room-recordings/http-cache';

/** For what must not be kept by anyone. */
const NO_STORE = 'no-store';

/**
 * The Cache-Control of a recording. `s-maxage` and `must-revalidate` are left out: they would forbid stale answers.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861
 */
export function recordingCacheControl(status: RecordingStatus, lifetimes: CacheLifetimes): string {
  return cacheControl(lifetimes[status]);
}

/** The Cache-Control of an error: 404 and 410 are kept for a moment, nothing else ever. */
export function errorCacheControl(status: number, lifetimes: CacheLifetimes): string {
  if (status === 404) return cacheControl(lifetimes.notFound);
  if (status === 410) return cacheControl(lifetimes.gone);
  return NO_STORE;
}

function cacheControl({ fresh, whileRevalidate, ifError }: CacheLifetime): string {
  const stale = [
    whileRevalidate > 0 ? `, stale-while-revalidate=${whileRevalidate}` : '',
    ifError > 0 ? `, stale-if-error=${ifError}` : '',
  ];
  return `public, max-age=${fresh}${stale.join('')}`;
}

/** How long an answer may be used, in seconds; both stale windows begin when it turns stale. */
export interface CacheLifetime {
  readonly fresh: number;
  /** May be served stale while it is refreshed. */
  readonly whileRevalidate: number;
  /** May be served stale when the source fails. */
  readonly ifError: number;
}

/** Lifetimes of a recording's four statuses, and of "not found" and "deleted for good". */
export type CacheLifetimes = Readonly<Record<RecordingStatus | 'notFound' | 'gone', CacheLifetime>>;

/** What holds where the operator says nothing. */
export const DEFAULT_CACHE_LIFETIMES: CacheLifetimes = {
  processing: { fresh: 5, whileRevalidate: 5, ifError: 60 },
  completed: { fresh: 300, whileRevalidate: 600, ifError: 3600 },
  failed: { fresh: 3600, whileRevalidate: 3600, ifError: 3600 },
  deleted: { fresh: 3600, whileRevalidate: 0, ifError: 3600 },
  notFound: { fresh: 10, whileRevalidate: 0, ifError: 0 },
  gone: { fresh: 300, whileRevalidate: 0, ifError: 0 },
};

/** Limits an entry of a store that outlives the process; undefined if the entry may not be used. */
export type ClampEntry = (entry: CacheEntry) => CacheEntry | undefined;

/**
 * Limits the lifetimes of stored recordings to those of the settings. Entries of the Cache API outlive a restart: an entry that was
 * stored for an hour must not be used for an hour if the settings now allow a minute. A longer setting leaves an entry as it is. A key
 * with the lifetimes in it would drop every entry instead, also those that bridge an outage of the source.
 */
export function createEntryClamp(lifetimes: CacheLifetimes): ClampEntry {
  return ({ variants }) => {
    const limited = variants.map((stored) => limitVariant(stored, lifetimes));
    return limited.every((stored) => stored !== undefined) ? { variants: limited } : undefined;
  };
}

function limitVariant(stored: StoredResponse, lifetimes: CacheLifetimes): StoredResponse | undefined {
  const status = readStatus(stored);
  if (status === undefined) return undefined;
  const { fresh, whileRevalidate, ifError } = lifetimes[status];
  const limited = {
    lifetime: Math.min(stored.lifetime, fresh),
    staleWhileRevalidate: Math.min(stored.staleWhileRevalidate, whileRevalidate),
    staleIfError: Math.min(stored.staleIfError, ifError),
  };
  const cacheControl = recordingCacheControl(status, {
    ...lifetimes,
    [status]: {
      fresh: limited.lifetime,
      whileRevalidate: limited.staleWhileRevalidate,
      ifError: limited.staleIfError,
    },
  });
  const headers = stored.headers.map(([name, value]): [string, string] => [
    name,
    name === 'cache-control' ? cacheControl : value,
  ]);
  return { ...stored, headers, ...limited };
}

const STATUSES: ReadonlySet<unknown> = new Set<RecordingStatus>([
  'processing',
  'completed',
  'failed',
  'deleted',
]);

/** The status of a stored recording; undefined for anything else, which only a damaged store holds: errors stay in memory. */
function readStatus({ status, body }: StoredResponse): RecordingStatus | undefined {
  if (status !== 200 || body === null) return undefined;
  const recording: unknown = parseJson(new TextDecoder().decode(body));
  if (typeof recording !== 'object' || recording === null || !('status' in recording)) return undefined;
  return isStatus(recording.status) ? recording.status : undefined;
}

function isStatus(value: unknown): value is RecordingStatus {
  return STATUSES.has(value);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
