import type { CacheEntry } from '../../src/index.ts';
import { START } from './harness.ts';

/** Creates an entry with one response, whose body has a number of bytes. */
export function createEntry(bytes: number, status = 200): CacheEntry {
  const times = { storedAt: START, initialAge: 0, lifetime: 60, staleWhileRevalidate: 0, staleIfError: 0 };
  const rest = { headers: [], cacheStatus: '', vary: [], etag: null, lastModified: null };
  return { variants: [{ status, body: new Uint8Array(bytes), ...times, ...rest }] };
}
