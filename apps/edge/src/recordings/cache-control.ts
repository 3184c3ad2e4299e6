import type { RecordingStatus } from '@room-recordings/core';
import type { CacheLifetime, CacheLifetimes } from '../lifetime.ts';

/** For what must not be kept by anyone. */
export const NO_STORE = 'no-store';

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
