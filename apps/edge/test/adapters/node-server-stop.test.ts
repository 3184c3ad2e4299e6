import type { Server } from 'node:http';
import { describe, expect, it } from 'vitest';
import { listen, WHOLE } from './node-server-harness.ts';
import { get } from '../process/connection.ts';

/** Resolves when the next connection's client has closed its side, and the server knows. */
function seeEnd(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.once('connection', (socket) => socket.once('end', () => resolve()));
  });
}

describe('a client that closes its side after its request', () => {
  it.each([
    ['a response that is ready', '/ready'],
    ['a response that comes late', '/held'],
  ])("gets %s from Node's server", async (_what, path) => {
    const { server, connect, release } = await listen();
    const ended = seeEnd(server);
    const connection = await connect();
    connection.send(get(path));
    connection.end();
    await ended;
    release();
    expect(await connection.closed).toContain(`${WHOLE} of ${path}`);
  });

  it('gets every response of a pipeline', async () => {
    const { server, connect, release } = await listen();
    const ended = seeEnd(server);
    const connection = await connect();
    connection.send(get('/held/1') + get('/ready') + get('/held/2'));
    connection.end();
    await ended;
    release();
    expect(await connection.closed).toContain(`${WHOLE} of /held/2`);
  });
});

describe("stopping Node's server", () => {
  it('sends 25 late responses whole, each with `Connection: close`', async () => {
    const { connect, holding, release, stop } = await listen();
    const connections = await Promise.all(Array.from({ length: 25 }, connect));
    for (const connection of connections) connection.send(get('/held'));
    await holding(25);
    const stopped = stop();
    release();
    for (const connection of connections) {
      const text = await connection.closed;
      expect(text).toContain(`${WHOLE} of /held`);
      expect(text).toContain('Connection: close\r\n');
    }
    await stopped;
  });

  it.each([
    ['two late responses', ['/held/1', '/held/2'], 1],
    ['a ready response behind a late one', ['/held/1', '/ready'], 0],
    ['a late response behind a ready one', ['/ready', '/held/1'], 1],
  ])('sends a whole pipeline: %s', async (_what, paths, closes) => {
    const { connect, holding, release, stop } = await listen();
    const connection = await connect();
    connection.send(paths.map((path) => get(path)).join(''));
    await holding(paths.filter((path) => path.startsWith('/held')).length);
    const stopped = stop();
    release();
    const text = await connection.closed;
    await stopped;
    for (const path of paths) expect(text).toContain(`${WHOLE} of ${path}`);
    expect(text.match(/Connection: close\r\n/g) ?? []).toHaveLength(closes);
  });

  it('sends the responses that a slow client has not yet read', async () => {
    const { connect, stop } = await listen();
    const connection = await connect();
    connection.send(get('/'));
    await connection.responses(1);
    connection.pause();
    connection.send(get('/long').repeat(100));
    // The server has read the requests above when it answers on a later connection.
    const next = await connect();
    next.send(get('/'));
    await next.responses(1);
    const stopped = stop();
    connection.resume();
    const text = await connection.closed;
    await stopped;
    const [, ...bodies] = text.split('\r\n\r\n');
    expect(bodies.at(-1)).toHaveLength(100_000);
  });

  it('closes connections that are idle, silent or in the middle of a request, and refuses new ones', async () => {
    const { connect, stop, server } = await listen();
    const [idle, silent, partial] = [await connect(), await connect(), await connect()];
    idle.send(get('/'));
    partial.send('GET / HT');
    await idle.responses(1);
    await stop();
    await Promise.all([idle.closed, silent.closed, partial.closed]);
    expect(server.listening).toBe(false);
  });

  it('ends although a client left before its response', async () => {
    const { connect, holding, stop } = await listen();
    const connection = await connect();
    connection.send(get('/held/1') + get('/held/2'));
    await holding(2);
    const stopped = stop();
    connection.reset();
    await stopped;
  });
});
