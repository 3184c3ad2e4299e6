import { describe, expect, it } from 'vitest';
import { CONNECTION_LIMITS } from '../../src/adapters/node-adapter.ts';
import { NOW } from '../clock.ts';
import { listen, WHOLE } from './node-server-harness.ts';
import { countResponses, get } from '../process/connection.ts';

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
