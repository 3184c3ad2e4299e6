import { setImmediate as nextTurn } from 'node:timers/promises';
import { createHttpCache, memoryStore } from '../src/index.ts';

/**
 * Fills a store of 32 MiB with a million responses and a million errors while a few keys stay in use, and prints the memory of the
 * process. Run it with `--expose-gc --max-old-space-size=96`. It fails if the memory exceeds the limit by more than 15 %, or if a
 * response in use was evicted.
 */
const MAX_BYTES = 32 * 1024 * 1024;
const MAX_SHARE = 1.15;
const KEYS = Number(process.argv[2] ?? 1_000_000);
const HOT = 50;
const ORIGIN = 'https://origin.test/v1/Rooms/RM0123456789abcdef0123456789abcdef/Recordings/';
const BODY_BYTES = [0, 900, 16_000];

let requests = 0;

for (const bodyBytes of BODY_BYTES) await fill(bodyBytes, bodyBytes === 900 ? KEYS : KEYS / 10);

async function fill(bodyBytes: number, keys: number): Promise<void> {
  const text = 'x'.repeat(bodyBytes);
  const cache = createHttpCache({
    store: memoryStore({ maxBytes: MAX_BYTES }),
    fetch: async (request) => {
      requests += 1;
      const headers = {
        'cache-control': 'public, max-age=300, stale-while-revalidate=600, stale-if-error=3600',
        'content-type': 'application/json',
        'content-length': String(bodyBytes),
        'x-content-type-options': 'nosniff',
        etag: `W/"${requests.toString(36).padStart(24, '0')}"`,
      };
      return new Response(text, { status: request.url.includes('/none') ? 404 : 200, headers });
    },
  });
  const get = async (path: string): Promise<void> => {
    const response = await cache.fetch(new Request(ORIGIN + path));
    await response.arrayBuffer();
  };
  const before = await measure();
  for (let nth = 0; nth < HOT; nth += 1) await get(`hot${nth}`);
  for (const kind of ['some', 'none']) {
    requests = 0;
    let peak = 0;
    for (let nth = 0; nth < keys; nth += 1) {
      await get(`${kind}${nth}`);
      if (nth % 20 === 0) await get(`hot${(nth / 20) % HOT}`);
      if (nth % 500 === 0) await nextTurn();
      if (nth % (keys / 5) === 0) peak = Math.max(peak, (await measure()) - before);
    }
    const expectedRequests = requests;
    for (let nth = 0; nth < HOT; nth += 1) await get(`hot${nth}`);
    const usedBytes = Math.max(peak, (await measure()) - before);
    const share = usedBytes / MAX_BYTES;
    const isWithin = share <= MAX_SHARE && requests === expectedRequests && expectedRequests === keys;
    process.stdout.write(
      `${keys} ${kind === 'some' ? 'responses' : 'errors'} of ${bodyBytes} bytes: ${(usedBytes / 2 ** 20).toFixed(1)} MiB, ` +
        `${(share * 100).toFixed(0)} % of the limit; ${expectedRequests} requests, requests for hot keys: ${requests - expectedRequests}\n`,
    );
    if (!isWithin) process.exitCode = 1;
  }
}

/** Returns the bytes of the heap and of array buffers after three garbage collections. */
async function measure(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await nextTurn();
    globalThis.gc?.();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
