import { describe, expect, it } from 'vitest';
import { CONNECTION_LIMITS } from '../../src/adapters/node-adapter.ts';
import { NOW } from '@room-recordings/testing/fake-clock';
import { listen, COMPLETE } from './server-harness.ts';
import { countResponses, formatGet } from '@room-recordings/testing/raw-http';

describe('the connection limits in production', () => {
  it('close a connection without a request within 12 s, as Bun does', () => {
    const { headersMs, checkMs } = CONNECTION_LIMITS;
    expect(headersMs + checkMs).toBeLessThanOrEqual(12_000);
  });

  it('leave a response more time than the 10 s of a call to Twilio', () => {
    expect(CONNECTION_LIMITS.inactivityMs).toBeGreaterThan(20_000);
    expect(CONNECTION_LIMITS.inactivityMs).toBeLessThanOrEqual(60_000);
    expect(CONNECTION_LIMITS.requestMs).toBeLessThanOrEqual(30_000);
  });

  it('allow at most 10,000 connections, so that their memory is limited', () => {
    expect(CONNECTION_LIMITS.maxConnections).toBeLessThanOrEqual(10_000);
  });
});

describe("the limits on the connections of Node's server", () => {
  it.each([
    { name: 'sends nothing', bytes: '' },
    { name: 'sends half a request line', bytes: 'GET / HT' },
    { name: 'sends an incomplete second request', bytes: `${formatGet('/')}GET / HTTP/1.1\r\nHost:` },
  ])('close a connection whose client $name', async ({ bytes }) => {
    const { connect } = await listen({ headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(bytes);
    expect(await connection.closed).toMatch(/HTTP\/1\.1 408 Request Timeout\r\n/);
  });

  it('close a connection whose body does not arrive', async () => {
    const { connect } = await listen({ requestMs: 100, headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(formatGet('/', 'Content-Length: 5'));
    expect(await connection.closed).toContain(COMPLETE);
  });

  it('close a connection whose client does not read the response', async () => {
    const { connect, server } = await listen({ inactivityMs: 100 });
    const closedByServer = new Promise<void>((resolve) =>
      server.once('connection', (socket) => socket.once('close', () => resolve())),
    );
    const connection = await connect();
    connection.pause();
    connection.send(formatGet('/long').repeat(200));
    await closedByServer;
    connection.resume();
    expect(countResponses(await connection.closed)).toBeLessThan(200);
  });

  it('close an idle connection after the time in its `Keep-Alive` header, and not earlier', async () => {
    const { connect } = await listen({ keepAliveMs: 1000, headersMs: 100, checkMs: 20 });
    const connection = await connect();
    connection.send(formatGet('/'));
    const startedAt = performance.now();
    const text = await connection.closed;
    expect(text).toContain('Keep-Alive: timeout=1\r\n');
    expect(performance.now() - startedAt).toBeGreaterThan(999);
  });

  it('keep an idle connection longer than the 60 s of a load balancer by default', async () => {
    const { connect } = await listen();
    const connection = await connect();
    connection.send(formatGet('/'));
    await connection.responses(1);
    expect(connection.text()).toContain('Keep-Alive: timeout=65\r\n');
    connection.destroy();
  });

  it('close connections above the maximum, log at most once in ten seconds, and serve the others', async () => {
    const { connect, lines, advance } = await listen({ maxConnections: 2 });
    const accepted = [await connect(), await connect()];
    for (let count = 0; count < 3; count += 1) expect(await (await connect()).closed).toBe('');
    expect(lines).toEqual([
      {
        time: new Date(NOW).toISOString(),
        level: 'error',
        event: 'server.connections_dropped',
        msg: 'Connections above the limit were dropped',
        max_connections: 2,
        dropped: 1,
      },
    ]);
    advance(10_000);
    expect(await (await connect()).closed).toBe('');
    expect(lines.slice(1)).toMatchObject([{ event: 'server.connections_dropped', dropped: 3 }]);
    for (const connection of accepted) {
      connection.send(formatGet('/'));
      await connection.responses(1);
      expect(connection.text()).toContain(COMPLETE);
      connection.destroy();
    }
  });

  it('log a connection that could not be accepted, and serve the others', async () => {
    const { server, connect, lines } = await listen();
    server.emit('error', Object.assign(new Error('accept EMFILE canary'), { code: 'EMFILE' }));
    expect(lines).toMatchObject([{ level: 'error', event: 'server.accept_failed', error: 'Error' }]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    const connection = await connect();
    connection.send(formatGet('/'));
    await connection.responses(1);
    expect(connection.text()).toContain(COMPLETE);
    connection.destroy();
  });
});
