import type { RecordingStatus } from '@room-recordings/core';
import type { CacheEntry, StoredResponse } from '@room-recordings/http-cache';
import { recordingCacheControl } from './recordings/cache-control.ts';
import type { CacheLifetimes } from './lifetime.ts';

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
