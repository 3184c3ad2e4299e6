import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toListener } from '../src/entries/node-http.ts';
import { sendRaw } from './process/raw.ts';

const ORIGIN = 'http://127.0.0.1:8787';
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer(
    toListener(async ({ method, url, headers }) => {
      if (url.endsWith('/fails')) throw new Error('The app failed.');
      const isEmpty = url.endsWith('/empty');
      const body = isEmpty || method === 'HEAD' ? null : JSON.stringify([method, url, headers.get('X-Two')]);
      return new Response(body, { status: isEmpty ? 204 : 200, headers: { ETag: '"a"' } });
    }, ORIGIN),
  ).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
});

describe('toListener', () => {
  it.each([
    ['a path', '/a?b=c', `${ORIGIN}/a?b=c`],
    ['S08: another authority as a path', '//evil.example/a', `${ORIGIN}//evil.example/a`],
    ['S08: our own absolute form', `${ORIGIN}/a?b`, `${ORIGIN}/a?b`],
    ['S08: a foreign absolute form', 'http://evil.example/a', `${ORIGIN}/http://evil.example/a`],
    ['S14: a path that climbs', '/a/../../b', `${ORIGIN}/b`],
  ])('makes the URL from the origin listened on, whatever Host says: %s', async (_what, target, url) => {
    const answer = await sendRaw(port, [
      `GET ${target} HTTP/1.1`,
      'Host: evil.example',
      'X-Two: 1',
      'x-two: 2',
    ]);
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain(JSON.stringify(['GET', url, '1, 2']));
  });

  it('R15: hands TRACE to the app, although fetch knows no such request', async () => {
    const answer = await sendRaw(port, ['TRACE /a HTTP/1.1', 'Host: x']);
    expect(answer).toContain(JSON.stringify(['TRACE', `${ORIGIN}/a`, null]));
  });

  it('answers 400 to what fails, and stays', async () => {
    expect(await sendRaw(port, ['GET /fails HTTP/1.1', 'Host: x'])).toContain('HTTP/1.1 400 Bad Request');
    expect(await sendRaw(port, ['GET / HTTP/1.1', 'Host: x'])).toContain('HTTP/1.1 200 OK');
  });

  it('sends the length of a body', async () => {
    const answer = await sendRaw(port, ['GET / HTTP/1.1', 'Host: x']);
    const body = JSON.stringify(['GET', `${ORIGIN}/`, null]);
    expect(answer).toContain(`content-length: ${body.length}\r\n`);
  });

  it.each([
    ['HEAD', '/'],
    ['GET', '/empty'],
  ])('sends no body and no length of one: %s %s', async (method, path) => {
    const answer = await sendRaw(port, [`${method} ${path} HTTP/1.1`, 'Host: x']);
    expect(answer.toLowerCase()).not.toContain('content-length');
    expect(answer.split('\r\n\r\n')[1]).toBe('');
  });
});
