import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { App } from '../src/app.ts';
import { CONNECTION_LIMITS, createNodeServer, type ConnectionLimits } from '../src/entries/node-server.ts';
import type { LogLine } from '../src/log.ts';
import type { Reply } from '../src/reply.ts';
import { NOW } from './clock.ts';
import { countResponses, get, openConnection } from './process/connection.ts';

const LIMITS: ConnectionLimits = { ...CONNECTION_LIMITS, keepAliveMs: 65_000 };
const WHOLE = 'the whole body';
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

function replyWith(text: string): Reply {
  const body = new TextEncoder().encode(text);
  return { status: 200, headers: [['content-length', String(body.byteLength)]], body };
}

/** A server whose app holds the paths that begin with `/held`, and replies to others at once. */
async function listen(limits: Partial<ConnectionLimits> = {}) {
  const lines: LogLine[] = [];
  const held: (() => void)[] = [];
  let onHeld = () => {};
  let elapsed = 0;
  const app: App = ({ url }) => {
    const [pathname = ''] = url.split('?');
    const reply = replyWith(pathname === '/long' ? 'x'.repeat(100_000) : `${WHOLE} of ${pathname}`);
    if (!pathname.startsWith('/held')) return reply;
    return new Promise((resolve) => {
      held.push(() => resolve(reply));
      onHeld();
    });
  };
  const outside = {
    now: () => NOW,
    monotonicNow: () => elapsed,
    keepAliveSeconds: 65,
    report: (line: LogLine) => void lines.push(line),
  };
  const { server, stop } = createNodeServer(app, { ...LIMITS, ...limits }, outside);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stopAll = () => {
    server.closeAllConnections();
    return stop();
  };
  stops.push(stopAll);
  // A server that listens on TCP has an address of this kind.
  const { port } = server.address() as AddressInfo;
  return {
    server,
    stop() {
      stops.length = 0;
      return stop();
    },
    lines,
    connect: () => openConnection(port),
    wait: (ms: number) => (elapsed += ms),
    /** Resolves when so many requests are held. */
    async holding(count: number) {
      while (held.length < count) await new Promise<void>((resolve) => (onHeld = resolve));
    },
    release() {
      for (const give of held.splice(0)) give();
    },
  };
}

describe('the limits in production', () => {
  it('close a connection without a request within 12 s, which is what Bun takes', () => {
    const { headersMs, checkMs } = CONNECTION_LIMITS;
    expect(headersMs + checkMs).toBeLessThanOrEqual(12_000);
  });

  it('leave a response the 10 s that a call to Twilio may take, and its client a slow line', () => {
    expect(CONNECTION_LIMITS.inactivityMs).toBeGreaterThan(20_000);
    expect(CONNECTION_LIMITS.inactivityMs).toBeLessThanOrEqual(60_000);
    expect(CONNECTION_LIMITS.requestMs).toBeLessThanOrEqual(30_000);
  });

  it('hold fewer connections than memory', () => {
    expect(CONNECTION_LIMITS.maxConnections).toBeLessThanOrEqual(10_000);
  });
});

describe("the limits on the connections of Node's server", () => {
  it.each([
    ['that sends nothing', ''],
    ['that sends half a request line', 'GET / HT'],
    ['whose second request is incomplete', `${get('/')}GET / HTTP/1.1\r\nHost:`],
  ])('close a connection %s', async (_what, bytes) => {
    const { connect } = await listen({ headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(bytes);
    expect(await connection.closed).toMatch(/HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  it('close a connection whose body does not arrive', async () => {
    const { connect } = await listen({ requestMs: 100, headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(get('/', 'Content-Length: 5'));
    expect(await connection.closed).toContain(WHOLE);
  });

  it('close a connection whose response is read by nobody', async () => {
    const { connect, server } = await listen({ inactivityMs: 100 });
    const closedByServer = new Promise<void>((resolve) =>
      server.once('connection', (socket) => socket.once('close', () => resolve())),
    );
    const connection = await connect();
    connection.pause();
    connection.send(get('/long').repeat(200));
    await closedByServer;
    connection.resume();
    expect(countResponses(await connection.closed)).toBeLessThan(200);
  });

  it('close an idle connection after the time that `Keep-Alive` promises, and not before', async () => {
    const { connect } = await listen({ keepAliveMs: 1000, headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(get('/'));
    const startedAt = performance.now();
    const text = await connection.closed;
    expect(text).toContain('Keep-Alive: timeout=1\r\n');
    expect(performance.now() - startedAt).toBeGreaterThan(999);
  });

  it('keep an idle connection longer than the 60 s of a load balancer by default', async () => {
    const { connect } = await listen();
    const connection = await connect();
    connection.send(get('/'));
    await connection.responses(1);
    expect(connection.text()).toContain('Keep-Alive: timeout=65\r\n');
    connection.destroy();
  });

  it('close connections above their number, log that once in ten seconds, and answer on the others', async () => {
    const { connect, lines, wait } = await listen({ maxConnections: 2 });
    const kept = [await connect(), await connect()];
    for (let count = 0; count < 3; count += 1) expect(await (await connect()).closed).toBe('');
    expect(lines).toEqual([
      {
        level: 'error',
        time: new Date(NOW).toISOString(),
        server: 'connection_limit',
        max_connections: 2,
        dropped: 1,
      },
    ]);
    wait(10_000);
    expect(await (await connect()).closed).toBe('');
    expect(lines.slice(1)).toMatchObject([{ server: 'connection_limit', dropped: 3 }]);
    for (const connection of kept) {
      connection.send(get('/'));
      await connection.responses(1);
      expect(connection.text()).toContain(WHOLE);
      connection.destroy();
    }
  });

  it('leave out a connection that could not be accepted', async () => {
    const { server, connect, lines } = await listen();
    server.emit('error', Object.assign(new Error('accept EMFILE canary'), { code: 'EMFILE' }));
    expect(lines).toMatchObject([{ level: 'error', server: 'accept_failed', fault: 'Error' }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    const connection = await connect();
    connection.send(get('/'));
    await connection.responses(1);
    expect(connection.text()).toContain(WHOLE);
    connection.destroy();
  });
});

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
