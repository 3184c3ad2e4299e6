import type { RecordingStatus } from '@room-recordings/core';
import type { CacheEntry, StoredResponse } from '@room-recordings/http-cache';

/** The time for which a response may be used, seconds. Both stale windows begin at the end of `fresh`. */
export interface CacheLifetime {
  readonly fresh: number;
  /** May be served stale while a refresh runs. */
  readonly whileRevalidate: number;
  /** May be served stale if the source fails. */
  readonly ifError: number;
}

/**
 * The lifetimes of recordings by their status, of 404 (`notFound`), of 410 (`gone`), and of lists and timelines without a recording
 * that is processing (`list`).
 */
export type CacheLifetimes = Readonly<Record<RecordingStatus | 'notFound' | 'gone' | 'list', CacheLifetime>>;

/** The defaults of the `LIFETIME_…` variables. `gone` has no variable. */
export const DEFAULT_CACHE_LIFETIMES: CacheLifetimes = {
  processing: { fresh: 5, whileRevalidate: 5, ifError: 60 },
  completed: { fresh: 300, whileRevalidate: 600, ifError: 3600 },
  failed: { fresh: 3600, whileRevalidate: 3600, ifError: 3600 },
  deleted: { fresh: 3600, whileRevalidate: 0, ifError: 3600 },
  notFound: { fresh: 10, whileRevalidate: 0, ifError: 0 },
  gone: { fresh: 300, whileRevalidate: 0, ifError: 0 },
  list: { fresh: 60, whileRevalidate: 60, ifError: 3600 },
};

/**
 * Returns the Cache-Control of a recording. It has neither `s-maxage` nor `must-revalidate`, which would forbid stale responses.
 *
 * @see https://www.rfc-editor.org/rfc/rfc5861
 */
export function recordingCacheControl(status: RecordingStatus, lifetimes: CacheLifetimes): string {
  return formatCacheControl(lifetimes[status]);
}

/**
 * Returns the Cache-Control of a list or a timeline. One without recordings may be that of a room that does not exist, and lives as long as
 * a 404.
 *
 * @param statuses the status of each recording.
 * @param isPending whether a file of the timeline was not read yet.
 */
export function listCacheControl(
  statuses: readonly RecordingStatus[],
  lifetimes: CacheLifetimes,
  isPending = false,
): string {
  return formatCacheControl(listLifetime(statuses, lifetimes, isPending));
}

/** Seconds for which a timeline is fresh if a file was not read yet. */
const PENDING_SECONDS = 5;

function listLifetime(
  statuses: readonly unknown[],
  lifetimes: CacheLifetimes,
  isPending: boolean,
): CacheLifetime {
  if (statuses.length === 0) return lifetimes.notFound;
  const lifetime = statuses.includes('processing') ? lifetimes.processing : lifetimes.list;
  if (!isPending) return lifetime;
  const fresh = Math.min(PENDING_SECONDS, lifetime.fresh);
  const whileRevalidate = Math.min(PENDING_SECONDS, lifetime.whileRevalidate);
  return { ...lifetime, fresh, whileRevalidate };
}

/** Returns the Cache-Control of an error response. Only 404 and 410 are stored. */
export function errorCacheControl(status: number, lifetimes: CacheLifetimes): string {
  if (status === 404) return formatCacheControl(lifetimes.notFound);
  if (status === 410) return formatCacheControl(lifetimes.gone);
  return 'no-store';
}

function formatCacheControl({ fresh, whileRevalidate, ifError }: CacheLifetime): string {
  const stale = [
    whileRevalidate > 0 ? `, stale-while-revalidate=${whileRevalidate}` : '',
    ifError > 0 ? `, stale-if-error=${ifError}` : '',
  ];
  return `public, max-age=${fresh}${stale.join('')}`;
}

/** Limits the lifetimes of an entry. Returns undefined if the entry may not be used. */
export type ClampEntry = (entry: CacheEntry) => CacheEntry | undefined;

/**
 * Creates a function that limits the lifetimes of stored recordings, lists and timelines to the configured ones.
 *
 * Entries of the Cache API outlive a restart. An entry that was stored for an hour must not be used for an hour if the configuration now
 * allows a minute. A longer configured lifetime does not change an entry. Lifetimes in the cache key would invalidate every entry
 * instead, also the ones that bridge an outage of the source.
 */
export function createEntryClamp(lifetimes: CacheLifetimes): ClampEntry {
  return ({ variants }) => {
    const clamped = variants.map((stored) => clampVariant(stored, lifetimes));
    return clamped.every((stored) => stored !== undefined) ? { variants: clamped } : undefined;
  };
}

function clampVariant(stored: StoredResponse, lifetimes: CacheLifetimes): StoredResponse | undefined {
  const maximum = parseLifetime(stored, lifetimes);
  if (maximum === undefined) return undefined;
  const fresh = Math.min(stored.lifetime, maximum.fresh);
  const whileRevalidate = Math.min(stored.staleWhileRevalidate, maximum.whileRevalidate);
  const ifError = Math.min(stored.staleIfError, maximum.ifError);
  const cacheControl = formatCacheControl({ fresh, whileRevalidate, ifError });
  const headers = stored.headers.map(([name, value]): [string, string] => [
    name,
    name === 'cache-control' ? cacheControl : value,
  ]);
  return {
    ...stored,
    headers,
    lifetime: fresh,
    staleWhileRevalidate: whileRevalidate,
    staleIfError: ifError,
  };
}

/** The statuses of recordings. */
export const RECORDING_STATUSES: readonly RecordingStatus[] = [
  'processing',
  'completed',
  'failed',
  'deleted',
];

/**
 * Returns the configured lifetime of a stored recording, list or timeline. It is undefined in a corrupt entry only, because errors are kept in memory
 * alone.
 */
function parseLifetime(
  { status, body }: StoredResponse,
  lifetimes: CacheLifetimes,
): CacheLifetime | undefined {
  if (status !== 200 || body === null) return undefined;
  const resource: unknown = tryParseJson(new TextDecoder().decode(body));
  if (typeof resource !== 'object' || resource === null) return undefined;
  if ('recordings' in resource && Array.isArray(resource.recordings)) {
    return listLifetime(resource.recordings.map(parseStatus), lifetimes, false);
  }
  if ('tracks' in resource && Array.isArray(resource.tracks)) {
    return listLifetime(resource.tracks.map(parseStatus), lifetimes, resource.tracks.some(isPendingTrack));
  }
  const recordingStatus = parseStatus(resource);
  return recordingStatus && lifetimes[recordingStatus];
}

function parseStatus(resource: unknown): RecordingStatus | undefined {
  if (typeof resource !== 'object' || resource === null || !('status' in resource)) return undefined;
  return isRecordingStatus(resource.status) ? resource.status : undefined;
}

function isPendingTrack(track: unknown): boolean {
  return typeof track === 'object' && track !== null && 'reason' in track && track.reason === 'pending';
}

/** Returns whether a value is the status of a recording. */
export function isRecordingStatus(value: unknown): value is RecordingStatus {
  return RECORDING_STATUSES.some((status) => status === value);
}

function tryParseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
