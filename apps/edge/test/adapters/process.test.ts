import { join, relative, resolve } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { runServer } from '../../src/adapters/server.ts';
import { createFakeServer, useProcess } from './server-harness.ts';
import { PATH } from '../support/recording.ts';

const harness = useProcess();

describe('runServer', () => {
  it('serves the archive of ARCHIVE_PATH on HOST and PORT', async () => {
    vi.stubEnv('PORT', '4321');
    vi.stubEnv('PUBLIC_URL', 'https://recordings.example.com');
    const archive = await openArchive(join(harness.folder(), 'archive.db'));
    await seed(archive, SEED);
    archive.close();
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    expect(started[0]?.address).toEqual({ hostname: '127.0.0.1', port: 4321 });
    const response = await started[0]?.app(new Request(`http://127.0.0.1:4321${PATH}`));
    const text = new TextDecoder().decode(response?.body ?? undefined);
    expect(JSON.parse(text)).toMatchObject({ url: `https://recordings.example.com${PATH}` });
    expect(harness.output()).toContain('listening on http://127.0.0.1:4321\n');
    expect(harness.output()).toContain('"route":"recording"');
  });

  it('resolves a relative ARCHIVE_PATH against apps/edge, independent of the working directory', async () => {
    const path = join(harness.folder(), 'archive.db');
    const archive = await openArchive(path);
    await seed(archive, SEED);
    archive.close();
    vi.stubEnv('ARCHIVE_PATH', relative(resolve(import.meta.dirname, '../..'), path));
    vi.spyOn(process, 'cwd').mockReturnValue(join(harness.folder(), 'a/b/c/d/e/f/g/h'));
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    const response = await started[0]?.app(new Request(`http://127.0.0.1${PATH}`));
    expect(response?.status).toBe(200);
  });

  it.each([
    { host: '::1', port: '4321', origin: 'http://[::1]:4321' },
    { host: '127.0.0.1', port: '80', origin: 'http://127.0.0.1' },
  ])('uses the origin of HOST=$host and PORT=$port in links', async ({ host, port, origin }) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', port);
    await runServer(createFakeServer().startServer);
    expect(harness.output()).toContain(`PUBLIC_URL is not set: links use ${origin}.\n`);
    expect(harness.output()).toContain(`listening on ${origin}\n`);
  });

  it.each([
    { host: '0.0.0.0', origin: 'http://0.0.0.0:4321' },
    { host: '0', origin: 'http://0.0.0.0:4321' },
    { host: '::', origin: 'http://[::]:4321' },
    { host: '0:0::0', origin: 'http://[::]:4321' },
  ])('warns about unusable links if HOST=$host and PUBLIC_URL is not set', async ({ host, origin }) => {
    vi.stubEnv('HOST', host);
    vi.stubEnv('PORT', '4321');
    await runServer(createFakeServer().startServer);
    expect(harness.output()).toContain(
      `PUBLIC_URL is not set: links use ${origin}.\nWarning: other machines cannot open ${origin}. Set PUBLIC_URL to the origin that clients use, such as https://recordings.example.com.\n`,
    );
  });

  it.each([
    { name: 'HOST is an address', variables: { HOST: '127.0.0.1' } },
    {
      name: 'PUBLIC_URL is set',
      variables: { HOST: '0.0.0.0', PUBLIC_URL: 'https://recordings.example.com' },
    },
  ])('does not warn about links if $name', async ({ variables }) => {
    for (const [variable, value] of Object.entries(variables)) vi.stubEnv(variable, value);
    await runServer(createFakeServer().startServer);
    expect(harness.output()).not.toContain('Warning');
  });

  it('passes KEEP_ALIVE_SECONDS and a monotonic clock to the server', async () => {
    vi.stubEnv('KEEP_ALIVE_SECONDS', '7');
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    expect(started[0]?.services.keepAliveSeconds).toBe(7);
    const before = started[0]?.services.monotonicNow() ?? Number.NaN;
    vi.spyOn(Date, 'now').mockReturnValue(0);
    const after = started[0]?.services.monotonicNow();
    expect(after).toBeGreaterThanOrEqual(before);
    expect(after).toBeLessThan(before + 60_000);
  });

  it('prints one line and exits with code 1 if the server cannot listen', async () => {
    vi.stubEnv('PORT', '4321');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const portInUse = Object.assign(new Error('Address already in use'), { code: 'EADDRINUSE' });
    await runServer(() => Promise.reject(portInUse));
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(harness.output()).toContain(
      'Port 4321 is in use. Stop the other program, or set PORT to a free port.\n',
    );
  });

  it('reads from Twilio and does not open an archive with RECORDINGS_SOURCE=twilio', async () => {
    vi.stubEnv('RECORDINGS_SOURCE', 'twilio');
    vi.stubEnv('TWILIO_API_KEY', 'SK1');
    vi.stubEnv('TWILIO_API_SECRET', 'secret');
    const upstream = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response(null, { status: 404 }));
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    const response = await started[0]?.app(new Request(`http://127.0.0.1:8787${PATH}`));
    expect(response?.status).toBe(404);
    expect(upstream).toHaveBeenCalledOnce();
  });

  it('starts without ACCESS and RECORDINGS_SOURCE, and prints which settings are missing', async () => {
    vi.stubEnv('ACCESS', '');
    vi.stubEnv('RECORDINGS_SOURCE', '');
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    expect(started).toHaveLength(1);
    expect(harness.output()).toContain(
      'misconfigured: Set ACCESS to public, or to any of twilio-token, jwt and signed-url. Set RECORDINGS_SOURCE to archive or twilio. Until then the edge responds to each read with 503.\n',
    );
    expect(harness.output()).toContain('PUBLIC_URL is not set: links use http://127.0.0.1:8787.\n');
  });

  it('prints one line and exits with code 1 on an invalid setting', async () => {
    vi.stubEnv('LOG_LEVEL', 'loud');
    const exit = vi.spyOn(process, 'exit').mockImplementation(() => undefined as never);
    const { startServer, started } = createFakeServer();
    await runServer(startServer);
    expect(exit).toHaveBeenCalledExactlyOnceWith(1);
    expect(harness.output()).toBe('LOG_LEVEL must be silent, error, info or debug.\n');
    expect(started).toEqual([]);
  });
});
