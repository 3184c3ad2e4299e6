import type { RecordingStatus } from '@room-recordings/core';

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
