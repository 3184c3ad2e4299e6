import CachePolicy from 'http-cache-semantics';
import { cache as honoCache } from 'hono/cache';
import { Hono } from 'hono';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { createHttpCache, memoryStore, type HttpCache } from '../src/index.ts';

/**
 * Measures a hit in process, beside a bare Response with the same bytes and headers, http-cache-semantics with a Map, and hono/cache
 * on runtimes with a Cache API. The same file runs on Node, Bun and Deno.
 */
const HOT_URL = 'https://origin.test/v1/Rooms/RM0123456789abcdef0123456789abcdef/Recordings/RT01?a=1';
const BODY = new TextEncoder().encode(JSON.stringify({ text: 'x'.repeat(900) }));
const ETAG = 'W/"0123456789abcdef"';
const HEADERS: [string, string][] = [
  ['cache-control', 'public, max-age=3600, stale-while-revalidate=600'],
  ['content-length', String(BODY.byteLength)],
  ['content-type', 'application/json'],
  ['date', new Date().toUTCString()],
  ['etag', ETAG],
  ['x-content-type-options', 'nosniff'],
];
/** The headers of a hit: the stored ones, Age and Cache-Status. The bare Response has them as well. */
const HIT_HEADERS: [string, string][] = [
  ...HEADERS,
  ['age', '7'],
  ['cache-status', 'http-cache; hit; ttl=3593'],
];

/** Creates a cache with the hot response and a number of others. */
async function fill(others: number): Promise<HttpCache> {
  const cache = createHttpCache({
    store: memoryStore({ maxBytes: 2 ** 25 }),
    fetch: async () => new Response(BODY, { headers: HEADERS }),
  });
  await cache.fetch(new Request(HOT_URL));
  for (let nth = 0; nth < others; nth += 1) await cache.fetch(new Request(`${HOT_URL}&nth=${nth}`));
  return cache;
}

interface StoredPolicy {
  readonly policy: CachePolicy;
  readonly body: Uint8Array<ArrayBuffer>;
}

function respondBySemantics(
  stored: ReadonlyMap<string, StoredPolicy>,
  request: Request,
): Response | undefined {
  const found = stored.get(request.url);
  const policyRequest = {
    url: request.url,
    method: request.method,
    headers: Object.fromEntries(request.headers),
  };
  if (found === undefined || !found.policy.satisfiesWithoutRevalidation(policyRequest)) return undefined;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(found.policy.responseHeaders()))
    headers.push([name, String(value)]);
  return new Response(found.body, { headers });
}

const cache = await fill(0);
const fullCache = await fill(10_000);
const request = new Request(HOT_URL);
const conditions = { headers: new Headers({ 'if-none-match': ETAG }) };
const conditional = new Request(HOT_URL, conditions);
const policy = new CachePolicy(
  { url: HOT_URL, method: 'GET', headers: {} },
  { status: 200, headers: Object.fromEntries(HEADERS) },
);
const stored = new Map([[HOT_URL, { policy, body: BODY }]]);

// The first runs of a function are slow, and mitata measures a slow function without batching.
for (let nth = 0; nth < 20_000; nth += 1) {
  respondBySemantics(stored, request);
  if (nth % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
}

bench('lookup, hot', () => do_not_optimize(cache.lookup(HOT_URL)));
bench('lookup, hot, among 10,001', () => do_not_optimize(fullCache.lookup(HOT_URL)));
bench('lookup, hot, with headers', () => do_not_optimize(cache.lookup(HOT_URL, request)));
bench('lookup, hot, 304', () => do_not_optimize(cache.lookup(HOT_URL, conditions)));

summary(() => {
  bench('bare new Response', async () =>
    do_not_optimize(new Response(BODY, { status: 200, headers: HIT_HEADERS })))
    .baseline(true)
    .gc('inner');
  bench('http-cache fetch, hot', async () => do_not_optimize(await cache.fetch(request))).gc('inner');
  bench('http-cache fetch, hot, 304', async () => do_not_optimize(await cache.fetch(conditional))).gc(
    'inner',
  );
  bench('http-cache-semantics + Map', async () => do_not_optimize(respondBySemantics(stored, request))).gc(
    'inner',
  );
});

if ('caches' in globalThis) {
  const app = new Hono();
  app.get('*', honoCache({ cacheName: 'bench', wait: true }), () => new Response(BODY, { headers: HEADERS }));
  await app.fetch(request);
  bench('hono/cache, hot', async () => do_not_optimize(await app.fetch(request)));
}

await run({ format: process.argv.includes('--json') ? 'json' : 'mitata' });
