import { createHarness } from './harness.ts';

/** The text of each encoded body. */
export const PLAIN = 'hello hello hello hello hello, this is the text';

/** A body that is not text and does not start like an encoded stream. */
export const BINARY: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 200 }, (_, nth) => (nth * 37) % 256);

/** The text in each coding, encoded by zlib. `raw` is a deflate stream without its zlib header, as some servers send it. */
export const ENCODED: Readonly<
  Record<'gzip' | 'deflate' | 'raw' | 'br' | 'zstd' | 'skippable', Uint8Array<ArrayBuffer>>
> = {
  gzip: decode('H4sIAAAAAAAAA8tIzcnJV8jATuoolGRkFitkFiuUZKQqlKRWlAAA3clmuy8AAAA='),
  deflate: decode('eJzLSM3JyVfIwE7qKJRkZBYrZBYrlGSkKpSkVpQAAJ7YESs='),
  raw: decode('y0jNyclXyMBO6iiUZGQWK2QWK5RkpCqUpFaUAAA='),
  br: decode('Gy4A+I2Ubt5EVYaWbCBvKQgw9OQBS1S0xOnwBA=='),
  zstd: decode('KLUv/SAv9QAAwGhlbGxvICwgdGhpcyBpcyB0aGUgdGV4dAEAqUsR'),
  /** The same behind a skippable frame (RFC 8878 §3.1.2). */
  skippable: decode('UCpNGAIAAAABAii1L/0gL/UAAMBoZWxsbyAsIHRoaXMgaXMgdGhlIHRleHQBAKlLEQ=='),
};

/** Returns a response with a URL, as `fetch` does. Other code cannot set the URL of a response. */
export function asFetched(response: Response): Response {
  Object.defineProperty(response, 'url', { value: 'https://origin.test/' });
  return response;
}

/** Sends two requests. Returns the headers and body of the second response, and the number of requests to the origin. */
export async function fetchTwice(
  respond: () => Response,
  method = 'GET',
): Promise<readonly [coding: string | null, length: string | null, bytes: Uint8Array, requests: number]> {
  const harness = createHarness(respond);
  await (await harness.get('/', {}, method)).arrayBuffer();
  const response = await harness.get('/', {}, method);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { headers } = response;
  return [
    headers.get('content-encoding'),
    headers.get('content-length'),
    bytes,
    harness.originRequests.length,
  ];
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
