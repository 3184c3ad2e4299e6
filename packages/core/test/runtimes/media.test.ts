import { Buffer } from 'node:buffer';
import { afterEach, expect, it } from 'vitest';
import { at } from '../package/paths.ts';
import { run } from '../package/run.ts';
import { RUNTIMES } from '../package/runtimes.ts';
import { requested } from '../example.ts';
import { startLoopback, toChunk, type Loopback } from './loopback.ts';

const SLOW_MS = 60_000;

/** The runtimes that run TypeScript without a build. */
const runtimes = RUNTIMES.filter(({ name }) => name !== 'Node 20');

const servers: Loopback[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.stop();
});

/** Starts the storage, which sends 100 bytes every 50 ms without an end. */
async function startStorage(): Promise<Loopback> {
  const head = ['HTTP/1.1 206 Partial Content', 'Transfer-Encoding: chunked', '\r\n'].join('\r\n');
  const storage = await startLoopback((socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(toChunk(Buffer.alloc(100))), 50);
    socket.once('close', () => clearInterval(timer));
  });
  servers.push(storage);
  return storage;
}

/** Starts a server that redirects each request, with a body as Twilio's. */
async function startRedirect(location: string): Promise<Loopback> {
  const body = JSON.stringify({ redirect_to: location });
  const head = ['HTTP/1.1 302 Found', `Location: ${location}`, `Content-Length: ${body.length}`, '\r\n'];
  const server = await startLoopback((socket) => socket.end(head.join('\r\n') + body));
  servers.push(server);
  return server;
}

it.each(runtimes)(
  'media on $name streams past the time limit and without credentials for the storage, until its signal aborts',
  async ({ command }) => {
    const storage = await startStorage();
    const server = await startRedirect(`${storage.url}/RT1?X-Amz-Expires=3600`);
    const printed = await run([...command, at('../runtimes/media-from.ts'), server.url], at('.'));
    expect(JSON.parse(printed)).toEqual({ status: 206, isLong: true, after: 'aborted' });
    await storage.closed();
    const { roomSid, sid } = requested;
    expect(server.requests).toEqual([
      expect.stringMatching(new RegExp(`^GET /v1/Rooms/${roomSid}/Recordings/${sid}/Media HTTP`)),
    ]);
    expect(server.requests[0]).toMatch(/authorization: Bearer canary\r\n/i);
    expect(storage.requests).toEqual([expect.stringMatching(/^GET \/RT1\?X-Amz-Expires=3600 HTTP/)]);
    expect(storage.requests[0]).toMatch(/\r\nrange: bytes=0-\r\n/i);
    expect(storage.requests[0]).not.toMatch(/canary|authorization|cookie/i);
  },
  SLOW_MS,
);
