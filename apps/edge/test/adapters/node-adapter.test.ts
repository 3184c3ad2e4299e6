import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_SERVER_OPTIONS, createNodeListener } from '../../src/adapters/node-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import type { HttpResponse } from '../../src/http/types.ts';
import type { LoggedEntry } from '../support/in-process-edge.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { sendRaw } from '@room-recordings/testing/raw-http';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const lines: LoggedEntry[] = [];
const services = { now: () => NOW, report: (line: LoggedEntry) => void lines.push(line) };
let server: Server;
let port: number;

const app: RequestHandler = ({ method, url, headers }) => {
  const text = JSON.stringify([method, url, headers.get(url.endsWith('/token') ? 'authorization' : 'x-two')]);
  if (url.endsWith('/fails')) throw new RangeError('canary');
  if (url.endsWith('/unwritable'))
    return Promise.resolve({ status: 200, headers: [['x', 'canary\n']], body: null });
  const isEmpty = url.endsWith('/empty');
  const response: HttpResponse = {
    status: isEmpty ? 204 : 200,
    headers: [['etag', '"a"']],
    body: isEmpty || method === 'HEAD' ? null : createBody(url, text),
  };
  if (response.body !== null) response.headers.push(['content-length', String(response.body.byteLength)]);
  return url.endsWith('/late') ? Promise.resolve(response) : response;
};

beforeAll(async () => {
  server = createServer(NODE_SERVER_OPTIONS, createNodeListener(app, services)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
});

function createBody(url: string, text: string): Uint8Array<ArrayBuffer> {
  return url.endsWith('/bytes') ? ALL_BYTES : new TextEncoder().encode(text);
}

describe('createNodeListener', () => {
  it.each([
    { name: 'a path', target: '/a?b=c' },
    { name: 'a path that begins with another authority', target: '//evil.example/a' },
    { name: 'a target in absolute form', target: 'http://evil.example/a' },
    { name: 'a path with dot segments', target: '/a/../../b' },
  ])('passes $name to the app unchanged, independent of the Host header', async ({ target }) => {
    const response = await sendRaw(port, [
      `GET ${target} HTTP/1.1`,
      'Host: evil.example',
      'X-Two: 1',
      'x-two: 2',
    ]);
    expect(response).toContain('HTTP/1.1 200 OK');
    expect(response).toContain(JSON.stringify(['GET', target, '1, 2']));
  });

  it('joins the values of a header of which Node otherwise uses the first one, such as Authorization', async () => {
    const response = await sendRaw(port, [
      'GET /token HTTP/1.1',
      'Host: x',
      'Authorization: Bearer a',
      'authorization: Bearer b',
    ]);
    expect(response).toContain(JSON.stringify(['GET', '/token', 'Bearer a, Bearer b']));
  });

  it('passes TRACE to the app, although a Request cannot have this method', async () => {
    const response = await sendRaw(port, ['TRACE /a HTTP/1.1', 'Host: x']);
    expect(response).toContain(JSON.stringify(['TRACE', '/a', null]));
  });

  it('writes an asynchronous response like a synchronous one', async () => {
    const response = await sendRaw(port, ['GET /late HTTP/1.1', 'Host: x']);
    expect(response).toContain(JSON.stringify(['GET', '/late', null]));
  });

  it('closes the connection and logs the error if the app throws, and serves the next request', async () => {
    const time = new Date(NOW).toISOString();
    expect(await sendRaw(port, ['GET /fails HTTP/1.1', 'Host: x'])).toBe('');
    expect(lines.splice(0)).toEqual([
      {
        time,
        level: 'error',
        event: 'server.request_failed',
        msg: 'Writing a response failed',
        error: 'RangeError',
        stack: expect.stringContaining('node-adapter'),
      },
    ]);
    expect(await sendRaw(port, ['GET /unwritable HTTP/1.1', 'Host: x'])).toBe('');
    expect(lines).toEqual([expect.objectContaining({ event: 'server.request_failed', error: 'TypeError' })]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(await sendRaw(port, ['GET / HTTP/1.1', 'Host: x'])).toContain('HTTP/1.1 200 OK');
  });

  it('sends each byte of a body unchanged', async () => {
    const response = await sendRaw(port, ['GET /bytes HTTP/1.1', 'Host: x'], '', 'latin1');
    expect(response.split('\r\n\r\n')[1]).toBe(String.fromCharCode(...ALL_BYTES));
  });

  it('sends the Content-Length of a body', async () => {
    const response = await sendRaw(port, ['GET / HTTP/1.1', 'Host: x']);
    const body = JSON.stringify(['GET', '/', null]);
    expect(response).toContain(`content-length: ${body.length}\r\n`);
  });

  it.each([
    { method: 'HEAD', path: '/' },
    { method: 'GET', path: '/empty' },
  ])('sends neither a body nor Content-Length: $method $path', async ({ method, path }) => {
    const response = await sendRaw(port, [`${method} ${path} HTTP/1.1`, 'Host: x']);
    expect(response.toLowerCase()).not.toContain('content-length');
    expect(response.split('\r\n\r\n')[1]).toBe('');
  });
});
