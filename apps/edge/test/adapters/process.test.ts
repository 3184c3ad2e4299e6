import { join, relative, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/adapters/open-source.ts';
import { runServer } from '../../src/adapters/server.ts';
import { serverOf, useProcess } from './process-harness.ts';
import { PATH } from '../support/recording.ts';

const world = useProcess();

describe('runProcess', () => {
  it('serves the archive that the environment names, on its host and port', async () => {
    vi.stubEnv('PORT', '4321');
    vi.stubEnv('PUBLIC_URL', 'https://recordings.example.com');
    const archive = await openArchive(join(world.folder(), 'archive.db'));
    await seed(archive, SEED);
    archive.close();
    const { serve, served } = serverOf();
    await runServer(serve);
    expect(served[0]?.address).toEqual({ hostname: '127.0.0.1', port: 4321 });
    const reply = await served[0]?.app(new Request(`http://127.0.0.1:4321${PATH}`));
    const text = new TextDecoder().decode(reply?.body ?? undefined);
    expect(JSON.parse(text)).toMatchObject({ url: `https://recordings.example.com${PATH}` });
    expect(world.said()).toContain('listening on http://127.0.0.1:4321\n');
    expect(world.said()).toContain('"route":"recording"');
  });

  it('takes a relative ARCHIVE_PATH from apps/edge, in whatever world.folder() the process starts', async () => {
    const path = join(world.folder(), 'archive.db');
    const archive = await openArchive(path);
    await seed(archive, SEED);
    archive.close();
    vi.stubEnv('ARCHIVE_PATH', relative(resolve(import.meta.dirname, '../..'), path));
    vi.spyOn(process, 'cwd').mockReturnValue(join(world.folder(), 'a/b/c/d/e/f/g/h'));
    const { serve, served } = serverOf();
    await runServer(serve);
    const reply = await served[0]?.app(new Request(`http://127.0.0.1${PATH}`));
    expect(reply?.status).toBe(200);
  });

  it.each([
    ['::1', '4321', 'http://[::1]:4321'],
    ['127.0.0.1', '80', 'http://127.0.0.1'],
  ])('links to the origin of HOST=%s and PORT=%s', async (host, port, origin) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', port);
    await runServer(serverOf().serve);
    expect(world.said()).toContain(`PUBLIC_URL is not set: links use ${origin}.\n`);
    expect(world.said()).toContain(`listening on ${origin}\n`);
  });

  it.each([
    ['0.0.0.0', 'http://0.0.0.0:4321'],
    ['0', 'http://0.0.0.0:4321'],
    ['::', 'http://[::]:4321'],
    ['0:0::0', 'http://[::]:4321'],
  ])('warns that HOST=%s without PUBLIC_URL makes links that nobody can open', async (host, origin) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', '4321');
    await runServer(serverOf().serve);
    expect(world.said()).toContain(
      `PUBLIC_URL is not set: links use ${origin}.\nWarning: other machines cannot open ${origin}. Set PUBLIC_URL to the origin that clients use, such as https://recordings.example.com.\n`,
    );
  });

  it.each([
    ['HOST is an address', { HOST: '127.0.0.1' }],
    ['PUBLIC_URL is set', { HOST: '0.0.0.0', PUBLIC_URL: 'https://recordings.example.com' }],
  ])('does not warn of links if %s', async (_what, variables) => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    await runServer(serverOf().serve);
    expect(world.said()).not.toContain('Warning');
  });

  it('hands KEEP_ALIVE_SECONDS and a clock that never goes back to the server', async () => {
    vi.stubEnv('KEEP_ALIVE_SECONDS', '7');
    const { serve, served } = serverOf();
    await runServer(serve);
    expect(served[0]?.outside.keepAliveSeconds).toBe(7);
    const before = served[0]?.outside.monotonicNow() ?? Number.NaN;
    vi.spyOn(Date, 'now').mockReturnValue(0);
    const after = served[0]?.outside.monotonicNow();
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeLessThan(before + 60_000);
  });

  it('ends with 1 and one line if the server cannot listen', async () => {
    vi.stubEnv('PORT', '4321');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const taken = Object.assign(new Error('Address already in use'), { code: 'EADDRINUSE' });
    await runServer(() => Promise.reject(taken));
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(world.said()).toContain(
      'Port 4321 is in use. Stop the other program, or set PORT to a free port.\n',
    );
  });

  it('reads from Twilio without opening an archive', async () => {
    vi.stubEnv('RECORDINGS_SOURCE', 'twilio');
    vi.stubEnv('TWILIO_API_KEY', 'SK1');
    vi.stubEnv('TWILIO_API_SECRET', 'secret');
    const upstream = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(null, { status: 404 }));
    const { serve, served } = serverOf();
    await runServer(serve);
    const response = await served[0]?.app(new Request(`http://127.0.0.1:8787${PATH}`));
    expect(response?.status).toBe(404);
    expect(upstream).toHaveBeenCalledOnce();
  });

  it('says that it is misconfigured, and starts', async () => {
    vi.stubEnv('ACCESS', '');
    vi.stubEnv('RECORDINGS_SOURCE', '');
    const { serve, served } = serverOf();
    await runServer(serve);
    expect(served).toHaveLength(1);
    expect(world.said()).toContain(
      'misconfigured: Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio. Until then the edge responds to each read with 503.\n',
    );
    expect(world.said()).toContain('PUBLIC_URL is not set: links use http://127.0.0.1:8787.\n');
  });

  it('ends with 1 and one line on an invalid setting', async () => {
    vi.stubEnv('LOG_LEVEL', 'loud');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const { serve, served } = serverOf();
    await runServer(serve);
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(world.said()).toBe('LOG_LEVEL must be silent, error, info or debug.\n');
    expect(served).toEqual([]);
  });
});
