import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, SID } from '../support/recording.ts';
import { commandOf, findFreePort, runToEnd, start, type EdgeProcess } from './edge-process.ts';

const SECRET = 'canary-5f3e';
const ARCHIVE = { RECORDINGS_SOURCE: 'archive', ACCESS: 'public' };

const folder = mkdtempSync(join(tmpdir(), 'start-workerd-'));
const running: EdgeProcess[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

let taken: { readonly port: number; close(): void };

beforeAll(async () => {
  writeFileSync(join(folder, 'a-file'), '');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  taken = { port: (server.address() as AddressInfo).port, close: () => void server.close() };
});

afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true });
});

async function startWorkerd(variables: Readonly<Record<string, string>>) {
  const port = await findFreePort();
  const environment = { PORT: String(port), TMPDIR: folder, ...variables };
  const server = await start(commandOf('start:workerd'), environment, 'listening on');
  running.push(server);
  return { server, request: (path: string) => fetch(`http://127.0.0.1:${port}${path}`) };
}

describe('start:workerd', () => {
  it.each([
    [
      'an invalid setting',
      { ACCESS: SECRET },
      'ACCESS must be public, or a comma-separated list of twilio-token',
    ],
    [
      'missing credentials',
      { RECORDINGS_SOURCE: 'twilio' },
      'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY',
    ],
    ['a setting of the other runtimes', { RATE_LIMIT: '1/1' }, 'RATE_LIMIT has no effect on Workers'],
  ])('names the setting, starts, and responds 503: %s', async (_what, variables, message) => {
    const archive = { ARCHIVE_PATH: join(folder, 'any.db') };
    const { server, request } = await startWorkerd({ ...ARCHIVE, ...archive, ...variables });
    expect(server.text()).toContain(`misconfigured: ${message}`);
    expect((await request(PATH)).status).toBe(503);
    expect((await request('/readyz')).status).toBe(503);
    expect((await request('/healthz')).status).toBe(200);
    expect(server.text()).not.toContain(SECRET);
  });

  it.each([
    ['a port that is taken', () => ({ PORT: String(taken.port) }), /set PORT to a free port\.$/],
    ['an invalid port', () => ({ PORT: SECRET }), /^PORT must be a number from 1 to 65535\.$/],
    [
      'an archive whose folder cannot be written',
      () => ({ ARCHIVE_PATH: join(folder, 'a-file/archive.db') }),
      /^The archive .*a-file.*archive\.db cannot be opened/,
    ],
    [
      'a folder for temporary files that does not exist',
      () => ({ TMPDIR: join(folder, 'nowhere') }),
      /^The folder for temporary files .*nowhere cannot be written: ENOENT/,
    ],
  ])('ends with one line and exit code 1: %s', async (_what, variables, line) => {
    const archive = { ...ARCHIVE, PUBLIC_URL: 'https://recordings.example.com' };
    // The default port may be taken by another edge on this machine.
    const PORT = String(await findFreePort());
    const environment = { ...archive, PORT, ARCHIVE_PATH: join(folder, 'any.db'), ...variables() };
    const { code, text } = await runToEnd(commandOf('start:workerd'), environment);
    expect(code).toBe(1);
    expect(text.trimEnd()).toMatch(line);
    expect(text.trimEnd().split('\n')).toHaveLength(1);
    expect(text).not.toContain(SECRET);
  });

  it('creates a missing archive, migrated and empty', async () => {
    const path = join(folder, 'new/archive.db');
    const { request } = await startWorkerd({ ...ARCHIVE, ARCHIVE_PATH: path });
    expect((await request(PATH)).status).toBe(404);
    const archive = await openArchive(path);
    expect(await archive.all({ sql: 'SELECT sid FROM recordings', values: [] })).toEqual([]);
    archive.close();
  });

  it('serves the rows that the archive had at the start, and does not change the file', async () => {
    const path = join(folder, 'seeded.db');
    const archive = await openArchive(path);
    await seed(archive, SEED);
    const { request } = await startWorkerd({ ...ARCHIVE, ARCHIVE_PATH: path });
    const sql = 'UPDATE recordings SET track_name = ? WHERE sid = ?';
    // Another program has the file open, and can write to it.
    await archive.run([{ sql, values: ['changed', SID] }]);
    const response = await request(PATH);
    expect(await response.json()).toMatchObject({ sid: SID, track_name: 'microphone' });
    const rows = await archive.all({ sql: 'SELECT track_name FROM recordings WHERE sid = ?', values: [SID] });
    expect(rows).toMatchObject([{ track_name: 'changed' }]);
    archive.close();
  });

  it('logs requests, exits with 0 on SIGTERM and leaves no file', async () => {
    const { server, request } = await startWorkerd({ ...ARCHIVE, ARCHIVE_PATH: join(folder, 'logged.db') });
    await request('/healthz');
    expect(await server.stop()).toBe(0);
    expect(server.text()).toContain('"route":"healthz"');
    expect(readdirSync(folder).filter((name) => name.startsWith('room-recordings-workerd'))).toEqual([]);
  });
});
