import type { CacheApi } from '../../src/stores/cache-api.ts';

let opened = 0;

/** Opens a new cache of the Cache API; a fake one on runtimes without it, which drops the same responses as that of Workers. */
export async function openCache(): Promise<CacheApi> {
  opened += 1;
  return 'caches' in globalThis ? caches.open(`http-cache-${opened}`) : createFakeCacheApi();
}

function createFakeCacheApi(): CacheApi {
  const stored = new Map<string, Response>();
  const toUrl = (key: RequestInfo | URL): string => (key instanceof Request ? key.url : String(key));
  return {
    match: async (key) => stored.get(toUrl(key))?.clone(),
    put: async (key, response) => {
      const control = response.headers.get('cache-control') ?? '';
      const isDropped =
        response.status !== 200 ||
        !/^max-age=[1-9]\d*$/.test(control) ||
        response.headers.has('set-cookie') ||
        response.headers.has('vary');
      if (!isDropped) stored.set(toUrl(key), response);
    },
    delete: async (key) => stored.delete(toUrl(key)),
  };
}
