import { createHttpCache, memoryStore, type HttpCache } from '@room-recordings/http-cache';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { createFakeClock } from '@room-recordings/testing/fake-clock';

const closing: (() => void)[] = [];

afterAll(() => {
  for (const close of closing) close();
});

/** A cache before an origin that says one text after the other, as bytes on a connection, the last one from then on. */
async function cacheBefore(...texts: readonly string[]) {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk: Buffer) => {
      requests.push(chunk.toString());
      socket.end(texts[Math.min(requests.length, texts.length) - 1] ?? '');
    });
  }).listen(0, '127.0.0.1');
  closing.push(() => server.close());
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
    async ask(headers: Readonly<Record<string, string>> = {}) {
      const response = await cache.fetch(new Request(`http://127.0.0.1:${port}/`, { headers }));
      const text = await response.text();
      return { status: response.status, text, headers: response.headers };
    },
  };
}

function say(status: string, fields: readonly string[], body = ''): string {
  return [`HTTP/1.1 ${status}`, ...fields, 'Connection: close', '', body].join('\r\n');
}

const ok = (body: string, ...fields: readonly string[]): string =>
  say('200 OK', [`Content-Length: ${body.length}`, ...fields], body);

test('a 304 of the origin renews what is stored, over the wire', async () => {
  const unchanged = say('304 Not Modified', ['ETag: "a"', 'Cache-Control: max-age=60', 'X-Turn: second']);
  const { ask, clock, requests } = await cacheBefore(
    ok('one', 'ETag: "a"', 'Cache-Control: max-age=10', 'X-Turn: first'),
    unchanged,
  );
  await ask();
  clock.skip(10_000);
  const renewed = await ask();
  expect(requests[1]).toMatch(/\r\nif-none-match: "a"\r\n/i);
  expect([renewed.status, renewed.text, renewed.headers.get('X-Turn')]).toEqual([200, 'one', 'second']);
  expect(renewed.headers.get('Cache-Status')).toBe('c; fwd=stale; fwd-status=304; stored');
  clock.skip(59_000);
  expect((await ask()).headers.get('Cache-Status')).toBe('c; hit; ttl=1');
  // Not relayed but to whose own condition holds.
  expect((await ask({ 'If-None-Match': '"a"' })).status).toBe(304);
  expect(requests).toHaveLength(2);
});

test('a 304 that nobody asked for is a fault of the origin, over the wire', async () => {
  const { ask } = await cacheBefore(say('304 Not Modified', ['ETag: "a"']));
  await expect(ask()).rejects.toThrow('The origin responded 304 to an unconditional request.');
});

test.each([
  {
    name: 'shorter than its Content-Length',
    broken: say('200 OK', ['Content-Length: 10', 'Cache-Control: max-age=60'], 'abc'),
  },
  {
    name: 'without its last chunk',
    broken: say('200 OK', ['Transfer-Encoding: chunked', 'Cache-Control: max-age=60'], '3\r\nabc\r\n'),
  },
])('a body $name is neither stored nor served, over the wire', async ({ broken }) => {
  const { ask, requests } = await cacheBefore(broken, ok('whole', 'Cache-Control: max-age=60'));
  await expect(ask()).rejects.toThrow();
  expect((await ask()).text).toBe('whole');
  expect((await ask()).headers.get('Cache-Status')).toBe('c; hit; ttl=60');
  expect(requests).toHaveLength(2);
});

test.each([
  {
    name: 'decides alone',
    fields: ['CDN-Cache-Control: max-age=5', 'Cache-Control: no-store', 'Expires: 0'],
    said: 'c; hit; ttl=5',
  },
  {
    name: 'is ignored where it is empty',
    fields: ['CDN-Cache-Control:', 'Cache-Control: max-age=7'],
    said: 'c; hit; ttl=7',
  },
  {
    name: 'is ignored where it cannot be parsed',
    fields: ['CDN-Cache-Control: max-age="', 'Cache-Control: max-age=7'],
    said: 'c; hit; ttl=7',
  },
])('CDN-Cache-Control $name, over the wire', async ({ fields, said }) => {
  const { ask } = await cacheBefore(ok('one', ...fields));
  await ask();
  expect((await ask()).headers.get('Cache-Status')).toBe(said);
});

test('fields of the connection are neither stored nor sent on, over the wire', async () => {
  const { ask, requests } = await cacheBefore(
    ok('one', 'Cache-Control: max-age=60', 'Keep-Alive: timeout=5', 'Proxy-Authenticate: Basic', 'X-Kept: 1'),
  );
  await ask({ TE: 'trailers', 'Proxy-Authorization': 'Basic eDp5', 'X-Asked': '1' });
  const { headers } = await ask();
  expect(['keep-alive', 'proxy-authenticate', 'x-kept'].map((name) => headers.get(name))).toEqual([
    null,
    null,
    '1',
  ]);
  expect(requests[0]).toMatch(/\r\nx-asked: 1\r\n/i);
  expect(requests[0]).not.toMatch(/\r\n(?:te|proxy-authorization):/i);
});
