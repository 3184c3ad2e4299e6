import type { Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listen, COMPLETE } from './server-harness.ts';
import { formatGet } from '@room-recordings/testing/raw-http';

/** Resolves when the server has noticed that the client of the next connection closed its side. */
function waitForClientEnd(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('end', () => resolve()));
  });
}

describe('a client that closes its side of the connection after its request', () => {
  it.each([
    { name: 'an immediate response', path: '/ready' },
    { name: 'a delayed response', path: '/held' },
  ])("receives $name from Node's server", async ({ path }) => {
    const { server, connect, release } = await listen();
    const ended = waitForClientEnd(server);
    const connection = await connect();
    connection.send(formatGet(path));
    connection.end();
    await ended;
    release();
    expect(await connection.closed).toContain(`${COMPLETE} of ${path}`);
  });

  it("receives each response of a pipeline from Node's server", async () => {
    const { server, connect, release } = await listen();
    const ended = waitForClientEnd(server);
    const connection = await connect();
    connection.send(formatGet('/held/1') + formatGet('/ready') + formatGet('/held/2'));
    connection.end();
    await ended;
    release();
    expect(await connection.closed).toContain(`${COMPLETE} of /held/2`);
  });
});

describe("Node's server that is stopped", () => {
  it('sends 25 pending responses completely, each with `Connection: close`', async () => {
    const { connect, waitForHeld, release, stop } = await listen();
    const connections = await Promise.all(Array.from({ length: 25 }, connect));
    for (const connection of connections) connection.send(formatGet('/held'));
    await waitForHeld(25);
    const stopped = stop();
    release();
    for (const connection of connections) {
      const text = await connection.closed;
      expect(text).toContain(`${COMPLETE} of /held`);
      expect(text).toContain('Connection: close\r\n');
    }
    await stopped;
  });

  it.each([
    { name: 'two pending responses', paths: ['/held/1', '/held/2'], closes: 1 },
    { name: 'a ready response behind a pending one', paths: ['/held/1', '/ready'], closes: 0 },
    { name: 'a pending response behind a ready one', paths: ['/ready', '/held/1'], closes: 1 },
  ])('sends every response of a pipeline with $name', async ({ paths, closes }) => {
    const { connect, waitForHeld, release, stop } = await listen();
    const connection = await connect();
    connection.send(paths.map((path) => formatGet(path)).join(''));
    await waitForHeld(paths.filter((path) => path.startsWith('/held')).length);
    const stopped = stop();
    release();
    const text = await connection.closed;
    await stopped;
    for (const path of paths) expect(text).toContain(`${COMPLETE} of ${path}`);
    expect(text.match(/Connection: close\r\n/g) ?? []).toHaveLength(closes);
  });

  it('sends the responses that a slow client has not read yet', async () => {
    const { connect, stop } = await listen();
    const connection = await connect();
    connection.send(formatGet('/'));
    await connection.responses(1);
    connection.pause();
    connection.send(formatGet('/long').repeat(100));
    // A response on a later connection shows that the server has read the requests above.
    const next = await connect();
    next.send(formatGet('/'));
    await next.responses(1);
    const stopped = stop();
    connection.resume();
    const text = await connection.closed;
    await stopped;
    const [, ...bodies] = text.split('\r\n\r\n');
    expect(bodies.at(-1)).toHaveLength(100_000);
  });

  it('closes connections that are idle, unused or have an incomplete request, and rejects new ones', async () => {
    const { connect, stop, server } = await listen();
    const [idle, unused, partial] = [await connect(), await connect(), await connect()];
    idle.send(formatGet('/'));
    partial.send('GET / HT');
    await idle.responses(1);
    await stop();
    await Promise.all([idle.closed, unused.closed, partial.closed]);
    expect(server.listening).toBe(false);
  });

  it('stops although a client disconnected before its response', async () => {
    const { connect, waitForHeld, stop } = await listen();
    const connection = await connect();
    connection.send(formatGet('/held/1') + formatGet('/held/2'));
    await waitForHeld(2);
    const stopped = stop();
    connection.reset();
    await stopped;
  });
});
