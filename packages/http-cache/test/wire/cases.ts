import { createHttpCache, memoryStore, type HttpCache } from '../../src/index.ts';
import { check, equal, rejection, type Case } from '@room-recordings/testing/cases';
import { BODIES, type Framing, type WireBody } from './bodies.ts';

/** The bodies that `fetch` decodes on every runtime, so that they are stored. */
const DECODED_EVERYWHERE = new Set([
  'text in gzip',
  'text in br',
  'binary data in gzip',
  'binary data in br',
  'a gzip file in gzip',
  'text without a coding',
  'text in identity',
]);

/** How a body arrives in each framing, for the name of a case. */
const FRAMING_TEXTS: Readonly<Record<Framing, string>> = {
  sized: 'sent with Content-Length',
  chunked: 'sent in chunks',
  closed: 'sent until the connection closes',
  short: 'sent with half of its Content-Length',
  unfinished: 'sent without its last chunk',
};

interface ReceivedResponse {
  readonly coding: string | null;
  readonly bytes: Uint8Array;
}

/**
 * Creates the cases that must pass over a socket on every runtime.
 *
 * @param base the URL of the origin.
 * @param decodesBr whether `fetch` decodes br. That of Workers does not before the compatibility date 2024-04-29.
 */
export function wireCases(base: string, decodesBr = true): readonly Case[] {
  return [...BODIES].flatMap(([name, body]) => [
    ...(['sized', 'chunked', 'closed'] as const).flatMap((framing) => [
      check(
        `a response with ${name}, ${FRAMING_TEXTS[framing]}, is stored only if its body is decoded`,
        async () => {
          const { cache, count } = openCache();
          const url = toUrl(base, name, framing, '?stored');
          const [first, second] = [await get(cache, url), await get(cache, url)];
          for (const received of [first, second]) expectMatch(received, body);
          const isStored = count() === 1;
          equal(isStored, isIdentity(first), 'stored');
          const isDecoded = decodesBr || !name.endsWith(' in br');
          if (DECODED_EVERYWHERE.has(name)) equal(isStored, isDecoded, 'stored');
        },
      ),
      check(
        `a response with ${name}, ${FRAMING_TEXTS[framing]}, is forwarded with headers that match its bytes`,
        async () => {
          const { cache } = openCache();
          expectMatch(await get(cache, toUrl(base, name, framing, '')), body);
          expectMatch(await get(cache, toUrl(base, name, framing, ''), 'POST'), body);
        },
      ),
      check(
        `a response with ${name}, ${FRAMING_TEXTS[framing]} and copied by other code, has headers that match its bytes`,
        async () => {
          const { cache, count } = openCache((response) => new Response(response.body, response));
          const url = toUrl(base, name, framing, '?stored');
          const [first, second] = [await get(cache, url), await get(cache, url)];
          for (const received of [first, second]) expectMatch(received, body, !name.startsWith('text'));
          if (isIdentity(first)) equal(count(), 1, 'requests');
        },
      ),
    ]),
    ...(DECODED_EVERYWHERE.has(name) ? (['short', 'unfinished'] as const) : []).map((framing) =>
      check(`a response with ${name}, ${FRAMING_TEXTS[framing]}, is neither served nor stored`, async () => {
        for (const wrap of [undefined, (response: Response) => new Response(response.body, response)]) {
          const { cache } = openCache(wrap);
          const url = toUrl(base, name, framing, '?stored');
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

function toUrl(base: string, name: string, framing: Framing, search: string): string {
  return `${base}/${encodeURIComponent(name)}/${framing}${search}`;
}

async function get(cache: HttpCache, url: string, method = 'GET'): Promise<ReceivedResponse> {
  const response = await cache.fetch(new Request(url, { method }));
  return {
    coding: response.headers.get('content-encoding'),
    bytes: new Uint8Array(await response.arrayBuffer()),
  };
}

function isIdentity({ coding }: ReceivedResponse): boolean {
  return coding === null || coding === 'identity';
}

/**
 * Throws unless a body without Content-Encoding is decoded, and one with Content-Encoding is as the origin sent it.
 *
 * @param mayBePlain allows a decoded body with Content-Encoding: wrapped binary data cannot be distinguished from encoded data.
 */
function expectMatch(
  received: ReceivedResponse,
  { lines, bytes, plain }: WireBody,
  mayBePlain = false,
): void {
  if (isIdentity(received)) {
    equal([...received.bytes], [...plain], 'plain bytes');
    return;
  }
  equal(`Content-Encoding: ${received.coding}`, lines[0], 'coding');
  const isPlain = mayBePlain && String(received.bytes) === String(plain);
  if (!isPlain) equal([...received.bytes], [...bytes], 'encoded bytes');
}
