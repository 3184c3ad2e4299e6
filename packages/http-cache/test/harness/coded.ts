import { makeWorld } from './world.ts';

/** The text of each coded body. */
export const PLAIN = 'hello hello hello hello hello, this is the text';

/** A body that is neither text nor begins like a coded stream. */
export const BINARY: Uint8Array<ArrayBuffer> = Uint8Array.from({ length: 200 }, (_, nth) => (nth * 37) % 256);

/** The text in each coding, made by zlib; `raw` is a deflate stream without its zlib header, as some servers send it. */
export const CODED: Readonly<
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

/** Makes a response look as if `fetch` had given it: no other code can give it a URL. */
export function fetched(response: Response): Response {
  Object.defineProperty(response, 'url', { value: 'https://origin.test/' });
  return response;
}

/** What a client gets of two requests, and how many requests reached the origin. */
export async function getTwice(
  make: () => Response,
  method = 'GET',
): Promise<readonly [coding: string | null, length: string | null, bytes: Uint8Array, calls: number]> {
  const world = makeWorld(make);
  await (await world.get('/', {}, method)).arrayBuffer();
  const response = await world.get('/', {}, method);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const { headers } = response;
  return [headers.get('content-encoding'), headers.get('content-length'), bytes, world.sent.length];
}

function decode(base64: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}
