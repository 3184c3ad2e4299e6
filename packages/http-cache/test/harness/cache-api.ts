import type { CacheApi } from '../../src/stores/cache-api.ts';

let opened = 0;

/** The runtime's own Cache API, in a cache of its own, where it has one; else one that refuses in silence as Workers' does. */
export async function openCache(): Promise<CacheApi> {
  opened += 1;
  return 'caches' in globalThis ? caches.open(`http-cache-${opened}`) : makeCacheApi();
}

function makeCacheApi(): CacheApi {
  const kept = new Map<string, Response>();
  const read = (key: RequestInfo | URL): string => (key instanceof Request ? key.url : String(key));
  return {
    match: async (key) => kept.get(read(key))?.clone(),
    put: async (key, response) => {
      const control = response.headers.get('cache-control') ?? '';
      const isRefused =
        response.status !== 200 ||
        !/^max-age=[1-9]\d*$/.test(control) ||
        response.headers.has('set-cookie') ||
        response.headers.has('vary');
      if (!isRefused) kept.set(read(key), response);
    },
    delete: async (key) => kept.delete(read(key)),
  };
}
