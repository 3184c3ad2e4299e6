import process from 'node:process';
import { describe, expect, it, vi } from 'vitest';
import { runServer } from '../../src/adapters/server.ts';
import { createDeferred } from '../deferred.ts';
import { serverOf, useProcess } from './process-harness.ts';
import { PATH, RECORDING } from '../support/recording.ts';

const world = useProcess();

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('runProcess that stops', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('stops its server and then ends with 0 on %s', async (signal) => {
    const { serve, stop } = serverOf();
    const exited = new Promise((resolve) => {
      vi.spyOn(process, 'exit').mockImplementation((code) => {
        resolve(code);
        // The process of the tests goes on, where a real one would not.
        return undefined as never;
      });
    });
    await runServer(serve);
    process.emit(signal);
    expect(await exited).toBe(0);
    expect(stop).toHaveBeenCalledOnce();
  });

  it('responds 503 to /readyz from TERM on, for as long as the server has requests', async () => {
    const exited = new Promise((resolve) => {
      vi.spyOn(process, 'exit').mockImplementation((code) => {
        resolve(code);
        // The process of the tests goes on, where a real one would not.
        return undefined as never;
      });
    });
    const { serve, served, stop } = serverOf();
    let finishRequests = () => {};
    stop.mockReturnValue(new Promise((resolve) => (finishRequests = resolve)));
    await runServer(serve);
    const askReadyz = async () => served[0]?.app(new Request('http://127.0.0.1:8787/readyz'));
    expect((await askReadyz())?.status).toBe(200);
    process.emit('SIGTERM');
    const reply = await askReadyz();
    expect(reply?.status).toBe(503);
    expect(new TextDecoder().decode(reply?.body ?? undefined)).toContain('"error":"overloaded"');
    finishRequests();
    expect(await exited).toBe(0);
  });

  it('closes the archive before it ends on SIGTERM', async () => {
    const { promise: exited, resolve: noteExit } = createDeferred<unknown>();
    vi.spyOn(process, 'exit').mockImplementation((code) => noteExit(code) as never);
    const { serve, served } = serverOf();
    await runServer(serve);
    const read = async (path: string) =>
      (await served[0]?.app(new Request(`http://127.0.0.1${path}`)))?.status;
    expect(await read(PATH)).toBe(404);
    process.emit('SIGTERM');
    await exited;
    expect(await read(`${PATH.slice(0, -1)}0`)).toBe(502);
  });

  it('awaits background work before it ends on SIGTERM', async () => {
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
    const { promise: exited, resolve: noteExit } = createDeferred<unknown>();
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => noteExit(code) as never);
    const { serve, served, stop } = serverOf();
    await runServer(serve);
    for (let request = 0; request < 2; request += 1) {
      await served[0]?.app(new Request(`http://127.0.0.1:8787${PATH}`));
    }
    expect(upstream).toHaveBeenCalledTimes(2);
    process.emit('SIGTERM');
    await nextTurn();
    expect(stop).toHaveBeenCalledOnce();
    expect(exit).not.toHaveBeenCalled();
    refresh(recording());
    expect(await exited).toBe(0);
  });

  it('writes the queued log entries before it ends on SIGTERM', async () => {
    const texts: string[] = [];
    let read = () => {};
    const writeOut = (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => (read = resolve));
    };
    const { promise: exited, resolve: noteExit } = createDeferred<unknown>();
    const exit = vi.spyOn(process, 'exit').mockImplementation((code) => noteExit(code) as never);
    const { serve, served } = serverOf();
    await runServer(serve, { writeOut });
    for (const level of ['error', 'info'] as const) served[0]?.outside.report({ level });
    process.emit('SIGTERM');
    await nextTurn();
    expect(exit).not.toHaveBeenCalled();
    read();
    await nextTurn();
    read();
    expect(await exited).toBe(0);
    expect(texts).toEqual(['{"level":"error"}\n', '{"level":"info"}\n']);
  });

  it('logs how many entries a stalled reader has cost', async () => {
    const texts: string[] = [];
    let read = () => {};
    const writeOut = (text: string) => {
      texts.push(text);
      return new Promise<void>((resolve) => (read = resolve));
    };
    const { serve, served } = serverOf();
    await runServer(serve, { writeOut });
    const entry = { level: 'info', long: 'x'.repeat(300_000) } as const;
    for (let count = 0; count < 7; count += 1) served[0]?.outside.report(entry);
    read();
    await nextTurn();
    expect(JSON.parse(texts[1]?.trimEnd().split('\n').at(-1) ?? '')).toEqual({
      level: 'error',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      log: 'entries_dropped',
      dropped: 4,
    });
  });

  it('ends after 16 seconds, which is longer than a read takes, if a connection holds the server open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    await runServer(() => Promise.resolve(() => new Promise(() => undefined)));
    process.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(15_999);
    expect(exit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
    vi.useRealTimers();
  });

  it('logs what the server reports', async () => {
    const { serve, served } = serverOf();
    await runServer(serve);
    served[0]?.outside.report({ level: 'error', server: 'connection_limit' });
    expect(world.said()).toContain('{"level":"error","server":"connection_limit"}\n');
  });
});
