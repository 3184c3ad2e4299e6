import CachePolicy from 'http-cache-semantics';
import { cache as honoCache } from 'hono/cache';
import { Hono } from 'hono';
import { bench, do_not_optimize, run, summary } from 'mitata';
import { createHttpCache, memoryStore, type HttpCache } from '../src/index.ts';

/**
 * What a hot hit costs in process, beside a bare Response with the same bytes and headers, http-cache-semantics with a
 * Map, and hono/cache where there is a Cache API. The same file runs on Node, Bun and Deno.
 */
const URL_OF_ONE = 'https://origin.test/v1/Rooms/RM0123456789abcdef0123456789abcdef/Recordings/RT01?a=1';
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
/** What a hit has besides what is stored: the bare Response gets it too. */
const HIT: [string, string][] = [...HEADERS, ['age', '7'], ['cache-status', 'http-cache; hit; ttl=3593']];

/** A cache with the one that is asked for and so many others. */
async function fill(others: number): Promise<HttpCache> {
  const cache = createHttpCache({
    store: memoryStore({ maxBytes: 2 ** 25 }),
    fetch: async () => new Response(BODY, { headers: HEADERS }),
  });
  await cache.fetch(new Request(URL_OF_ONE));
  for (let nth = 0; nth < others; nth += 1) await cache.fetch(new Request(`${URL_OF_ONE}&nth=${nth}`));
  return cache;
}

interface Kept {
  readonly policy: CachePolicy;
  readonly body: Uint8Array<ArrayBuffer>;
}

function answerBySemantics(kept: ReadonlyMap<string, Kept>, request: Request): Response | undefined {
  const found = kept.get(request.url);
  const asked = { url: request.url, method: request.method, headers: Object.fromEntries(request.headers) };
  if (found === undefined || !found.policy.satisfiesWithoutRevalidation(asked)) return undefined;
  const headers: [string, string][] = [];
  for (const [name, value] of Object.entries(found.policy.responseHeaders()))
    headers.push([name, String(value)]);
  return new Response(found.body, { headers });
}

const cache = await fill(0);
const fullCache = await fill(10_000);
const request = new Request(URL_OF_ONE);
const conditions = { headers: new Headers({ 'if-none-match': ETAG }) };
const conditional = new Request(URL_OF_ONE, conditions);
const policy = new CachePolicy(
  { url: URL_OF_ONE, method: 'GET', headers: {} },
  { status: 200, headers: Object.fromEntries(HEADERS) },
);
const kept = new Map([[URL_OF_ONE, { policy, body: BODY }]]);

// mitata measures one by one what is slow when it is first run, which the first runs of anything are.
for (let nth = 0; nth < 20_000; nth += 1) {
  answerBySemantics(kept, request);
  if (nth % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
}

bench('lookup, hot', () => do_not_optimize(cache.lookup(URL_OF_ONE)));
bench('lookup, hot, among 10,001', () => do_not_optimize(fullCache.lookup(URL_OF_ONE)));
bench('lookup, hot, with headers', () => do_not_optimize(cache.lookup(URL_OF_ONE, request)));
bench('lookup, hot, 304', () => do_not_optimize(cache.lookup(URL_OF_ONE, conditions)));

summary(() => {
  bench('bare new Response', async () => do_not_optimize(new Response(BODY, { status: 200, headers: HIT })))
    .baseline(true)
    .gc('inner');
  bench('http-cache fetch, hot', async () => do_not_optimize(await cache.fetch(request))).gc('inner');
  bench('http-cache fetch, hot, 304', async () => do_not_optimize(await cache.fetch(conditional))).gc(
    'inner',
  );
  bench('http-cache-semantics + Map', async () => do_not_optimize(answerBySemantics(kept, request))).gc(
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
