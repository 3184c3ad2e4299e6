import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toListener } from '../src/entries/node-http.ts';

const ORIGIN = 'http://127.0.0.1:8787';
let server: Server;
let port: number;

beforeAll(async () => {
  server = createServer(
    toListener(async ({ method, url, headers }) => {
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

/** Sends bytes as they are, and gives the whole answer. */
async function sendRaw(lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  socket.write([...lines, 'Connection: close', '', ''].join('\r\n'));
  await once(socket, 'close');
  return text;
}

describe('toListener', () => {
  it.each([
    ['a path', '/a?b=c', `${ORIGIN}/a?b=c`],
    ['S08: another authority as a path', '//evil.example/a', `${ORIGIN}//evil.example/a`],
    ['S08: a foreign absolute form', 'http://evil.example/a', `${ORIGIN}/http://evil.example/a`],
    ['S14: a path that climbs', '/a/../../b', `${ORIGIN}/b`],
  ])('makes the URL from the origin listened on, whatever Host says: %s', async (_what, target, url) => {
    const answer = await sendRaw([`GET ${target} HTTP/1.1`, 'Host: evil.example', 'X-Two: 1', 'x-two: 2']);
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain(JSON.stringify(['GET', url, '1, 2']));
  });

  it('sends the length of a body', async () => {
    const answer = await sendRaw(['GET / HTTP/1.1', 'Host: x']);
    const body = JSON.stringify(['GET', `${ORIGIN}/`, null]);
    expect(answer).toContain(`content-length: ${body.length}\r\n`);
  });

  it.each([
    ['HEAD', '/'],
    ['GET', '/empty'],
  ])('sends no body and no length of one: %s %s', async (method, path) => {
    const answer = await sendRaw([`${method} ${path} HTTP/1.1`, 'Host: x']);
    expect(answer.toLowerCase()).not.toContain('content-length');
    expect(answer.split('\r\n\r\n')[1]).toBe('');
  });
});
