import { createHttpCache, memoryStore, type HttpCache } from '../../src/index.ts';
import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { BODIES, type Framing, type WireBody } from './bodies.ts';

/** Names of bodies that `fetch` decodes on every runtime, and that are stored therefore. */
const DECODED_EVERYWHERE = new Set([
  'text in gzip',
  'text in br',
  'binary data in gzip',
  'binary data in br',
  'a gzip file in gzip',
  'text in no coding',
  'text in identity',
]);

interface Got {
  readonly coding: string | null;
  readonly bytes: Uint8Array;
}

/**
 * What has to hold over a socket on every runtime.
 *
 * @param base the URL of the origin.
 * @param decodesBr whether `fetch` decodes br: that of Workers does not, before the compatibility date 2024-04-29.
 */
export function wireCases(base: string, decodesBr = true): readonly Case[] {
  return [...BODIES].flatMap(([name, body]) => [
    ...(['sized', 'chunked', 'closed'] as const).flatMap((framing) => [
      check(`${name}, ${framing}, is stored only without a coding`, async () => {
        const { cache, count } = openCache();
        const url = urlOf(base, name, framing, '?stored');
        const [first, second] = [await get(cache, url), await get(cache, url)];
        for (const got of [first, second]) expectTrue(got, body);
        const isStored = count() === 1;
        equal(isStored, isIdentity(first), 'stored');
        const isDecoded = decodesBr || !name.endsWith(' in br');
        if (DECODED_EVERYWHERE.has(name)) equal(isStored, isDecoded, 'stored');
      }),
      check(`${name}, ${framing}, is passed on with the fields of its bytes`, async () => {
        const { cache } = openCache();
        expectTrue(await get(cache, urlOf(base, name, framing, '')), body);
        expectTrue(await get(cache, urlOf(base, name, framing, ''), 'POST'), body);
      }),
      check(
        `${name}, ${framing}, wrapped in a Response, is served with the fields of its bytes`,
        async () => {
          const { cache, count } = openCache((response) => new Response(response.body, response));
          const url = urlOf(base, name, framing, '?stored');
          const [first, second] = [await get(cache, url), await get(cache, url)];
          for (const got of [first, second]) expectTrue(got, body, !name.startsWith('text'));
          if (isIdentity(first)) equal(count(), 1, 'requests');
        },
      ),
    ]),
    ...(DECODED_EVERYWHERE.has(name) ? (['short', 'unfinished'] as const) : []).map((framing) =>
      check(`${name}, ${framing}, is neither served nor stored`, async () => {
        for (const wrap of [undefined, (response: Response) => new Response(response.body, response)]) {
          const { cache } = openCache(wrap);
          const url = urlOf(base, name, framing, '?stored');
          await rejection(get(cache, url));
          equal(cache.lookup(url), undefined);
        }
      }),
    ),
  ]);
}

function openCache(wrap = (response: Response): Response => response): {
  readonly cache: HttpCache;
  readonly count: () => number;
} {
  let count = 0;
  const cache = createHttpCache({
    fetch: async (request) => {
      count += 1;
      return wrap(await fetch(request));
    },
    store: memoryStore({ maxBytes: 2 ** 20 }),
  });
  return { cache, count: () => count };
}

function urlOf(base: string, name: string, framing: Framing, search: string): string {
  return `${base}/${encodeURIComponent(name)}/${framing}${search}`;
}

async function get(cache: HttpCache, url: string, method = 'GET'): Promise<Got> {
  const response = await cache.fetch(new Request(url, { method }));
  return {
    coding: response.headers.get('content-encoding'),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

function isIdentity({ coding }: Got): boolean {
  return coding === null || coding === 'identity';
}

/**
 * Fails unless a body without a coding is plain, and one with a coding is as the origin sent it. Binary data that a runtime has decoded
 * and other code has wrapped cannot be told from coded data: it keeps its coding, and `mayBePlain` allows this.
 */
function expectTrue(got: Got, { lines, bytes, plain }: WireBody, mayBePlain = false): void {
  if (isIdentity(got)) {
    equal([...got.bytes], [...plain], 'plain bytes');
    return;
  }
  equal(`Content-Encoding: ${got.coding}`, lines[0], 'coding');
  const isPlain = mayBePlain && String(got.bytes) === String(plain);
  if (!isPlain) equal([...got.bytes], [...bytes], 'coded bytes');
}
