import type { CacheEntry } from '../../src/index.ts';
import { START } from './world.ts';

/** One stored answer under a key, of so many bytes. */
export function entryOf(bytes: number, status = 200): CacheEntry {
  const times = { storedAt: START, initialAge: 0, lifetime: 60, staleWhileRevalidate: 0, staleIfError: 0 };
  const rest = { headers: [], cacheStatus: '', vary: [], etag: null, lastModified: null };
  return { variants: [{ status, body: new Uint8Array(bytes), ...times, ...rest }] };
}
