import process from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { logEntry } from '../../src/logging.ts';
import { runServer } from '../../src/adapters/server.ts';
import { createDeferred } from '@room-recordings/testing/deferred';
import { createFakeServer, useProcess } from './server-harness.ts';
import { PATH, RECORDING } from '../support/recording.ts';

const harness = useProcess();

const ENTRY = logEntry('server.connections_dropped', 0, { max_connections: 1, dropped: 1 });

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('the stop of runServer', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'stops the server and then exits with code 0 on %s',
    async (signal) => {
      const { startServer, stop } = createFakeServer();
      const exited = new Promise((resolve) => {
        vi.spyOn(process, 'exit').mockImplementation((code) => {
          resolve(code);
          // The process of the tests continues, unlike a real one.
          return undefined as never;
        });
      });
      await runServer(startServer);
      process.emit(signal);
      expect(await exited).toBe(0);
      expect(stop).toHaveBeenCalledOnce();
    },
  );

  it('responds 503 to /readyz after SIGTERM while the server has pending requests', async () => {
    const exited = new Promise((resolve) => {
      vi.spyOn(process, 'exit').mockImplementation((code) => {
        resolve(code);
        // The process of the tests continues, unlike a real one.
        return undefined as never;
      });
    });
    const { startServer, started, stop } = createFakeServer();
    let finishRequests = () => {};
    stop.mockReturnValue(new Promise((resolve) => (finishRequests = resolve)));
    await runServer(startServer);
    const requestReadyz = async () => started[0]?.app(new Request('http://127.0.0.1:8787/readyz'));
    expect((await requestReadyz())?.status).toBe(200);
    process.emit('SIGTERM');
    const response = await requestReadyz();
    expect(response?.status).toBe(503);
    expect(new TextDecoder().decode(response?.body ?? undefined)).toContain('"error":"overloaded"');
    finishRequests();
    expect(await exited).toBe(0);
  });

  it('closes the archive before it exits on SIGTERM', async () => {
    const { promise: exited, resolve: resolveExit } = createDeferred<unknown>();
    vi.spyOn(process, 'exit').mockImplementation((code) => resolveExit(code) as never);
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    const read = async (path: string) =>
      (await started[0]?.app(new Request(`http://127.0.0.1${path}`)))?.status;
    expect(await read(PATH)).toBe(404);
    process.emit('SIGTERM');
    await exited;
    expect(await read(`${PATH.slice(0, -1)}0`)).toBe(502);
  });

  it('waits for background work before it exits on SIGTERM', async () => {
    vi.stubEnv('RECORDINGS_SOURCE', 'twilio');
    vi.stubEnv('TWILIO_API_KEY', 'SK1');
    vi.stubEnv('TWILIO_API_SECRET', 'secret');
    vi.stubEnv('LIFETIME_COMPLETED', '0/3600/3600');
    const { promise: refreshed, resolve: refresh } = createDeferred<Response>();
    const recording = () => Response.json({ ...RECORDING, codec: 'opus' });
    const upstream = vi
      .spyOn(globalThis, 'fetch')
      .mockImplementationOnce(() => Promise.resolve(recording()))
      .mockImplementationOnce(() => refreshed);
    const { promise: exited, resolve: resolveExit } = createDeferred<unknown>();
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => resolveExit(code) as never);
    const { startServer, started, stop } = createFakeServer();
    await runServer(startServer);
    for (let request = 0; request < 2; request += 1) {
      await started[0]?.app(new Request(`http://127.0.0.1:8787${PATH}`));
    }
    expect(upstream).toHaveBeenCalledTimes(2);
    process.emit('SIGTERM');
    await nextTurn();
    expect(stop).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    refresh(recording());
    expect(await exited).toBe(0);
  });

  it('writes the queued log entries before it exits on SIGTERM', async () => {
    const texts: string[] = [];
    let read = () => {};
    const writeOut = (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => (read = resolve));
    };
    const { promise: exited, resolve: resolveExit } = createDeferred<unknown>();
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => resolveExit(code) as never);
    const { startServer, started } = createFakeServer();
    await runServer(startServer, { writeOut });
    for (const level of ['error', 'info'] as const) started[0]?.services.report({ ...ENTRY, level });
    process.emit('SIGTERM');
    await nextTurn();
    expect(exit).not.toHaveBeenCalled();
    read();
    await nextTurn();
    read();
    expect(await exited).toBe(0);
    expect(texts.map((text) => JSON.parse(text))).toEqual([
      { ...ENTRY, level: 'error' },
      { ...ENTRY, level: 'info' },
    ]);
  });

  it('logs the number of entries that were dropped while the reader stalled', async () => {
    const texts: string[] = [];
    let read = () => {};
    const writeOut = (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => (read = resolve));
    };
    const { startServer, started } = createFakeServer();
    await runServer(startServer, { writeOut });
    const entry = { ...ENTRY, msg: 'x'.repeat(300_000) };
    for (let count = 0; count < 7; count += 1) started[0]?.services.report(entry);
    read();
    await nextTurn();
    expect(JSON.parse(texts[1]?.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      level: 'error',
      event: 'log.entries_dropped',
      msg: 'Log entries were dropped',
      dropped: 4,
    });
  });

  it('exits after 24 seconds, longer than the longest read, if a connection keeps the server open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    await runServer(() => Promise.resolve(() => new Promise(() => undefined)));
    process.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(23_999);
    expect(exit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
    vi.useRealTimers();
  });

  it('logs the errors that the server reports', async () => {
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    started[0]?.services.report(ENTRY);
    expect(harness.output()).toContain(`${JSON.stringify(ENTRY)}\n`);
  });
});
