import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seed, SEED } from '../scripts/seed.ts';
import type { App } from '../src/app.ts';
import { openArchive } from '../src/entries/process-source.ts';
import { runProcess, type Address, type ServerOutside } from '../src/entries/process.ts';
import { createDeferred } from './deferred.ts';
import { PATH, RECORDING } from './recording.ts';

let folder: string;
let said: string;

/** A server that is the app itself, and counts its stops. */
function serverOf() {
  const served: { readonly app: App; readonly address: Address; readonly outside: ServerOutside }[] = [];
  const stop = vi.fn(() => Promise.resolve());
  const serve = (app: App, address: Address, outside: ServerOutside) => {
    served.push({ app, address, outside });
    return Promise.resolve(stop);
  };
  return { served, stop, serve };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-'));
  said = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text, ...rest: readonly unknown[]) => {
      said += String(text);
      const written = rest.at(-1);
      if (typeof written === 'function') written();
      return true;
    });
  }
  vi.stubEnv('ACCESS', 'public');
  vi.stubEnv('RECORDINGS_SOURCE', 'archive');
  vi.stubEnv('ARCHIVE_PATH', join(folder, 'archive.db'));
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.removeAllListeners('SIGTERM');
  process.removeAllListeners('SIGINT');
  process.stdout.removeAllListeners('error');
  rmSync(folder, { recursive: true });
});

describe('runProcess', () => {
  it('serves the archive that the environment names, on its host and port', async () => {
    vi.stubEnv('PORT', '4321');
    vi.stubEnv('PUBLIC_URL', 'https://recordings.example.com');
    const archive = await openArchive(join(folder, 'archive.db'));
    await seed(archive, SEED);
    archive.close();
    const { serve, served } = serverOf();
    await runProcess(serve);
    expect(served[0]?.address).toEqual({ hostname: '127.0.0.1', port: 4321 });
    const reply = await served[0]?.app(new Request(`http://127.0.0.1:4321${PATH}`));
    const text = new TextDecoder().decode(reply?.body ?? undefined);
    expect(JSON.parse(text)).toMatchObject({ url: `https://recordings.example.com${PATH}` });
    expect(said).toContain('listening on http://127.0.0.1:4321\n');
    expect(said).toContain('"route":"recording"');
  });

  it('takes a relative ARCHIVE_PATH from apps/edge, in whatever folder the process starts', async () => {
    const path = join(folder, 'archive.db');
    const archive = await openArchive(path);
    await seed(archive, SEED);
    archive.close();
    vi.stubEnv('ARCHIVE_PATH', relative(resolve(import.meta.dirname, '..'), path));
    vi.spyOn(process, 'cwd').mockReturnValue(join(folder, 'a/b/c/d/e/f/g/h'));
    const { serve, served } = serverOf();
    await runProcess(serve);
    const reply = await served[0]?.app(new Request(`http://127.0.0.1${PATH}`));
    expect(reply?.status).toBe(200);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('stops its server and then ends with 0 on %s', async (signal) => {
    const { serve, stop } = serverOf();
    const exited = new Promise((resolve) => {
      vi.spyOn(process, 'exit').mockImplementation((code) => {
        resolve(code);
        // The process of the tests goes on, where a real one would not.
        return undefined as never;
      });
    });
    await runProcess(serve);
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
    await runProcess(serve);
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
    await runProcess(serve);
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
    await runProcess(serve);
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
    await runProcess(serve, { writeOut });
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
    await runProcess(serve, { writeOut });
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
    await runProcess(() => Promise.resolve(() => new Promise(() => undefined)));
    process.emit('SIGTERM');
    await vi.advanceTimersByTimeAsync(15_999);
    expect(exit).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(exit).toHaveBeenCalledExactlyOnceWith(0);
    vi.useRealTimers();
  });

  it.each([
    ['::1', '4321', 'http://[::1]:4321'],
    ['127.0.0.1', '80', 'http://127.0.0.1'],
  ])('links to the origin of HOST=%s and PORT=%s', async (host, port, origin) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', port);
    await runProcess(serverOf().serve);
    expect(said).toContain(`PUBLIC_URL is not set: links lead to ${origin}.\n`);
    expect(said).toContain(`listening on ${origin}\n`);
  });

  it.each([
    ['0.0.0.0', 'http://0.0.0.0:4321'],
    ['0', 'http://0.0.0.0:4321'],
    ['::', 'http://[::]:4321'],
    ['0:0::0', 'http://[::]:4321'],
  ])('warns that HOST=%s without PUBLIC_URL makes links that nobody can open', async (host, origin) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', '4321');
    await runProcess(serverOf().serve);
    expect(said).toContain(
      `PUBLIC_URL is not set: links lead to ${origin}.\nWarning: other machines cannot open ${origin}. Set PUBLIC_URL to the origin that clients use, such as https://recordings.example.com.\n`,
    );
  });

  it.each([
    ['HOST is an address', { HOST: '127.0.0.1' }],
    ['PUBLIC_URL is set', { HOST: '0.0.0.0', PUBLIC_URL: 'https://recordings.example.com' }],
  ])('does not warn of links if %s', async (_what, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    await runProcess(serverOf().serve);
    expect(said).not.toContain('Warning');
  });

  it('hands KEEP_ALIVE_SECONDS and a clock that never goes back to the server', async () => {
    vi.stubEnv('KEEP_ALIVE_SECONDS', '7');
    const { serve, served } = serverOf();
    await runProcess(serve);
    expect(served[0]?.outside.keepAliveSeconds).toBe(7);
    const before = served[0]?.outside.monotonicNow() ?? Number.NaN;
    vi.spyOn(Date, 'now').mockReturnValue(0);
    const after = served[0]?.outside.monotonicNow();
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeLessThan(before + 60_000);
  });

  it('logs what the server reports', async () => {
    const { serve, served } = serverOf();
    await runProcess(serve);
    served[0]?.outside.report({ level: 'error', server: 'connection_limit' });
    expect(said).toContain('{"level":"error","server":"connection_limit"}\n');
  });

  it('ends with 1 and one line if the server cannot listen', async () => {
    vi.stubEnv('PORT', '4321');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const taken = Object.assign(new Error('Address already in use'), { code: 'EADDRINUSE' });
    await runProcess(() => Promise.reject(taken));
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(said).toContain('Port 4321 is in use. Stop the other program, or set PORT to a free port.\n');
  });

  it('reads from Twilio without opening an archive', async () => {
    vi.stubEnv('RECORDINGS_SOURCE', 'twilio');
    vi.stubEnv('TWILIO_API_KEY', 'SK1');
    vi.stubEnv('TWILIO_API_SECRET', 'secret');
    const upstream = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(null, { status: 404 }));
    const { serve, served } = serverOf();
    await runProcess(serve);
    const response = await served[0]?.app(new Request(`http://127.0.0.1:8787${PATH}`));
    expect(response?.status).toBe(404);
    expect(upstream).toHaveBeenCalledOnce();
  });

  it('says that it is misconfigured, and starts', async () => {
    vi.stubEnv('ACCESS', '');
    vi.stubEnv('RECORDINGS_SOURCE', '');
    const { serve, served } = serverOf();
    await runProcess(serve);
    expect(served).toHaveLength(1);
    expect(said).toContain(
      'misconfigured: Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio. Until then every read answers 503.\n',
    );
    expect(said).toContain('PUBLIC_URL is not set: links lead to http://127.0.0.1:8787.\n');
  });

  it('ends with 1 and one line on an invalid setting', async () => {
    vi.stubEnv('LOG_LEVEL', 'loud');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const { serve, served } = serverOf();
    await runProcess(serve);
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(said).toBe('LOG_LEVEL must be silent, error, info or debug.\n');
    expect(served).toEqual([]);
  });
});
