import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_SERVER_OPTIONS, createNodeListener } from '../../src/adapters/node-adapter.ts';
import type { RequestHandler } from '../../src/app.ts';
import type { HttpResponse } from '../../src/http/types.ts';
import type { LogEntry } from '../../src/logging.ts';
import { NOW } from '../clock.ts';
import { sendRaw } from '../process/raw.ts';

const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);
const lines: LogEntry[] = [];
const outside = { now: () => NOW, report: (line: LogEntry) => void lines.push(line) };
let server: Server;
let port: number;

const app: RequestHandler = ({ method, url, headers }) => {
  const text = JSON.stringify([method, url, headers.get(url.endsWith('/token') ? 'authorization' : 'x-two')]);
  if (url.endsWith('/fails')) throw new RangeError('canary');
  if (url.endsWith('/unwritable'))
    return Promise.resolve({ status: 200, headers: [['x', 'canary\n']], body: null });
  const isEmpty = url.endsWith('/empty');
  const reply: HttpResponse = {
    status: isEmpty ? 204 : 200,
    headers: [['etag', '"a"']],
    body: isEmpty || method === 'HEAD' ? null : bodyOf(url, text),
  };
  if (reply.body !== null) reply.headers.push(['content-length', String(reply.body.byteLength)]);
  return url.endsWith('/late') ? Promise.resolve(reply) : reply;
};

beforeAll(async () => {
  server = createServer(NODE_SERVER_OPTIONS, createNodeListener(app, outside)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this kind.
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
});

function bodyOf(url: string, text: string): Uint8Array<ArrayBuffer> {
  return url.endsWith('/bytes') ? ALL_BYTES : new TextEncoder().encode(text);
}

describe('toListener', () => {
  it.each([
    ['a path', '/a?b=c', '/a?b=c'],
    ['S08: another authority as a path', '//evil.example/a', '//evil.example/a'],
    ['S08: an absolute form', 'http://evil.example/a', 'http://evil.example/a'],
    ['S14: a path that climbs', '/a/../../b', '/a/../../b'],
  ])('hands the request target on as it came, whatever Host says: %s', async (_what, target, url) => {
    const answer = await sendRaw(port, [
      `GET ${target} HTTP/1.1`,
      'Host: evil.example',
      'X-Two: 1',
      'x-two: 2',
    ]);
    expect(answer).toContain('HTTP/1.1 200 OK');
    expect(answer).toContain(JSON.stringify(['GET', url, '1, 2']));
  });

  it('joins the values of a header that Node would else take once, such as Authorization', async () => {
    const answer = await sendRaw(port, [
      'GET /token HTTP/1.1',
      'Host: x',
      'Authorization: Bearer a',
      'authorization: Bearer b',
    ]);
    expect(answer).toContain(JSON.stringify(['GET', '/token', 'Bearer a, Bearer b']));
  });

  it('R15: hands TRACE to the app, although fetch knows no such request', async () => {
    const answer = await sendRaw(port, ['TRACE /a HTTP/1.1', 'Host: x']);
    expect(answer).toContain(JSON.stringify(['TRACE', '/a', null]));
  });

  it('writes what comes late like what is there at once', async () => {
    const answer = await sendRaw(port, ['GET /late HTTP/1.1', 'Host: x']);
    expect(answer).toContain(JSON.stringify(['GET', '/late', null]));
  });

  it('S28: ends the connection of what fails, tells the log alone of it, and stays', async () => {
    const time = new Date(NOW).toISOString();
    expect(await sendRaw(port, ['GET /fails HTTP/1.1', 'Host: x'])).toBe('');
    expect(lines.splice(0)).toEqual([
      {
        level: 'error',
        time,
        server: 'failed',
        fault: 'RangeError',
        at: expect.stringContaining('node-adapter'),
      },
    ]);
    expect(await sendRaw(port, ['GET /unwritable HTTP/1.1', 'Host: x'])).toBe('');
    expect(lines).toEqual([expect.objectContaining({ server: 'failed', fault: 'TypeError' })]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    expect(await sendRaw(port, ['GET / HTTP/1.1', 'Host: x'])).toContain('HTTP/1.1 200 OK');
  });

  it('sends every byte of a body as it is', async () => {
    const answer = await sendRaw(port, ['GET /bytes HTTP/1.1', 'Host: x'], '', 'latin1');
    expect(answer.split('\r\n\r\n')[1]).toBe(String.fromCharCode(...ALL_BYTES));
  });

  it('sends the length of a body', async () => {
    const answer = await sendRaw(port, ['GET / HTTP/1.1', 'Host: x']);
    const body = JSON.stringify(['GET', '/', null]);
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
