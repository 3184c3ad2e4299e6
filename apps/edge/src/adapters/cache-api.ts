import type { CacheApi } from '@room-recordings/http-cache';

/** Opens the runtime's Cache API; undefined where it cannot be opened, which is said, and no reason not to start. */
export async function openCacheApi(): Promise<CacheApi | undefined> {
  try {
    return await caches.open('room-recordings');
  } catch (fault) {
    console.error(`The Cache API cannot be opened, so what is cached is in memory alone: ${String(fault)}`);
    return undefined;
  }
}
