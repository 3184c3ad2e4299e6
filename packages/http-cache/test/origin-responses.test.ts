import { createHttpCache, memoryStore, type HttpCache } from '../src/index.ts';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const closeServers: (() => void)[] = [];

afterAll(() => {
  for (const close of closeServers) close();
});

/** Creates a cache and an origin that sends the given raw responses in order, then the last one again. */
async function createCacheWithOrigin(...texts: readonly string[]) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      requests.push(chunk.toString());
      socket.end(texts[Math.min(requests.length, texts.length) - 1] ?? '');
    });
  }).listen(0, '127.0.0.1');
  closeServers.push(() => server.close());
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  const clock = createFakeClock();
  const store = memoryStore({ maxBytes: 1_048_576 });
  const { now, sleep } = clock;
  const cache: HttpCache = createHttpCache({
    fetch: (request) => fetch(request),
    store,
    clock: { now, sleep },
    name: 'c',
  });
  return {
    clock,
    requests,
    async request(headers: Readonly<Record<string, string>> = {}) {
      const response = await cache.fetch(new Request(`http://127.0.0.1:${port}/`, { headers }));
      const text = await response.text();
      return { status: response.status, text, headers: response.headers };
    },
  };
}

/** Returns a raw response. */
function formatResponse(status: string, headers: readonly string[], body = ''): string {
  return [`HTTP/1.1 ${status}`, ...headers, 'Connection: close', '', body].join('\r\n');
}

const ok = (body: string, ...headers: readonly string[]): string =>
  formatResponse('200 OK', [`Content-Length: ${body.length}`, ...headers], body);

test('a 304 from the origin freshens the stored response', async () => {
  const unchanged = formatResponse('304 Not Modified', [
    'ETag: "a"',
    'Cache-Control: max-age=60',
    'X-Response: second',
  ]);
  const { request, clock, requests } = await createCacheWithOrigin(
    ok('one', 'ETag: "a"', 'Cache-Control: max-age=10', 'X-Response: first'),
    unchanged,
  );
  await request();
  clock.skip(10_000);
  const freshened = await request();
  expect(requests[1]).toMatch(/\r\nif-none-match: "a"\r\n/i);
  expect([freshened.status, freshened.text, freshened.headers.get('X-Response')]).toEqual([
    200,
    'one',
    'second',
  ]);
  expect(freshened.headers.get('Cache-Status')).toBe('c; fwd=stale; fwd-status=304; stored');
  clock.skip(59_000);
  expect((await request()).headers.get('Cache-Status')).toBe('c; hit; ttl=1');
  // Only a client whose own condition holds gets a 304.
  expect((await request({ 'If-None-Match': '"a"' })).status).toBe(304);
  expect(requests).toHaveLength(2);
});

test('a 304 from the origin to a request without a condition is an error', async () => {
  const { request } = await createCacheWithOrigin(formatResponse('304 Not Modified', ['ETag: "a"']));
  await expect(request()).rejects.toThrow('The origin responded 304 to an unconditional request.');
});

test.each([
  {
    name: 'shorter than its Content-Length',
    broken: formatResponse('200 OK', ['Content-Length: 10', 'Cache-Control: max-age=60'], 'abc'),
  },
  {
    name: 'without its last chunk',
    broken: formatResponse(
      '200 OK',
      ['Transfer-Encoding: chunked', 'Cache-Control: max-age=60'],
      '3\r\nabc\r\n',
    ),
  },
])('a body $name is neither stored nor served', async ({ broken }) => {
  const { request, requests } = await createCacheWithOrigin(broken, ok('whole', 'Cache-Control: max-age=60'));
  await expect(request()).rejects.toThrow();
  expect((await request()).text).toBe('whole');
  expect((await request()).headers.get('Cache-Status')).toBe('c; hit; ttl=60');
  expect(requests).toHaveLength(2);
});

test.each([
  {
    name: 'decides alone',
    headers: ['CDN-Cache-Control: max-age=5', 'Cache-Control: no-store', 'Expires: 0'],
    cacheStatus: 'c; hit; ttl=5',
  },
  {
    name: 'is ignored if it is empty',
    headers: ['CDN-Cache-Control:', 'Cache-Control: max-age=7'],
    cacheStatus: 'c; hit; ttl=7',
  },
  {
    name: 'is ignored if it is invalid',
    headers: ['CDN-Cache-Control: max-age="', 'Cache-Control: max-age=7'],
    cacheStatus: 'c; hit; ttl=7',
  },
])('CDN-Cache-Control $name', async ({ headers, cacheStatus }) => {
  const { request } = await createCacheWithOrigin(ok('one', ...headers));
  await request();
  expect((await request()).headers.get('Cache-Status')).toBe(cacheStatus);
});

test('hop-by-hop headers are neither stored nor forwarded', async () => {
  const { request, requests } = await createCacheWithOrigin(
    ok('one', 'Cache-Control: max-age=60', 'Keep-Alive: timeout=5', 'Proxy-Authenticate: Basic', 'X-Kept: 1'),
  );
  await request({ TE: 'trailers', 'Proxy-Authorization': 'Basic eDp5', 'X-Custom': '1' });
  const { headers } = await request();
  expect(['keep-alive', 'proxy-authenticate', 'x-kept'].map((name) => headers.get(name))).toEqual([
    null,
    null,
    '1',
  ]);
  expect(requests[0]).toMatch(/\r\nx-custom: 1\r\n/i);
  expect(requests[0]).not.toMatch(/\r\n(?:te|proxy-authorization):/i);
});
