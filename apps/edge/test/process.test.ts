import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seed, SEED } from '../scripts/seed.ts';
import type { App } from '../src/app.ts';
import { openArchive } from '../src/entries/process-source.ts';
import { runProcess, type Address } from '../src/entries/process.ts';
import { PATH } from './recording.ts';

let folder: string;
let said: string;

/** A server that is the app itself, and counts its stops. */
function serverOf() {
  const served: { readonly app: App; readonly address: Address }[] = [];
  const stop = vi.fn(() => Promise.resolve());
  const serve = (app: App, address: Address) => {
    served.push({ app, address });
    return Promise.resolve(stop);
  };
  return { served, stop, serve };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'process-'));
  said = '';
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => {
      said += String(text);
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

  it('ends after five seconds when a connection holds the server open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    await runProcess(() => Promise.resolve(() => new Promise(() => undefined)));
    process.emit('SIGTERM');
    vi.advanceTimersByTime(4999);
    expect(exit).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
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
