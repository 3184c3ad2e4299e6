import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, SID } from '../support/recording.ts';
import { findFreePort, getStartCommand, runToExit, start, type EdgeProcess } from './edge-process.ts';

const SECRET = 'canary-5f3e';
const ARCHIVE = { RECORDINGS_SOURCE: 'archive', ACCESS: 'public' };

const folder = mkdtempSync(join(tmpdir(), 'start-workerd-'));
const running: EdgeProcess[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop();
});

let otherServer: { readonly port: number; close(): void };

beforeAll(async () => {
  writeFileSync(join(folder, 'a-file'), '');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A server that listens on TCP has an address of this type.
  otherServer = { port: (server.address() as AddressInfo).port, close: () => void server.close() };
});

afterAll(() => {
  otherServer.close();
  rmSync(folder, { recursive: true });
});

async function startWorkerd(variables: Readonly<Record<string, string>>) {
  const port = await findFreePort();
  const environment = { PORT: String(port), TMPDIR: folder, ...variables };
  const server = await start(getStartCommand('start:workerd'), environment, 'listening on');
  running.push(server);
  return { server, request: (path: string) => fetch(`http://127.0.0.1:${port}${path}`) };
}

describe('start:workerd', () => {
  it.each([
    {
      name: 'an invalid setting',
      variables: { ACCESS: SECRET },
      message: 'ACCESS must be public, or a comma-separated list of twilio-token',
    },
    {
      name: 'missing credentials',
      variables: { RECORDINGS_SOURCE: 'twilio' },
      message: 'RECORDINGS_SOURCE=twilio requires TWILIO_API_KEY',
    },
    {
      name: 'a setting of the other runtimes',
      variables: { RATE_LIMIT: '1/1' },
      message: 'RATE_LIMIT has no effect on Workers',
    },
  ])('starts, logs the name of the setting and responds 503: $name', async ({ variables, message }) => {
    const archive = { ARCHIVE_PATH: join(folder, 'any.db') };
    const { server, request } = await startWorkerd({ ...ARCHIVE, ...archive, ...variables });
    expect(server.text()).toContain(`misconfigured: ${message}`);
    expect((await request(PATH)).status).toBe(503);
    expect((await request('/readyz')).status).toBe(503);
    expect((await request('/healthz')).status).toBe(200);
    expect(server.text()).not.toContain(SECRET);
  });

  it.each([
    {
      name: 'a port in use',
      createVariables: () => ({ PORT: String(otherServer.port) }),
      line: /set PORT to a free port\.$/,
    },
    {
      name: 'an invalid port',
      createVariables: () => ({ PORT: SECRET }),
      line: /^PORT must be a number from 1 to 65535\.$/,
    },
    {
      name: 'an archive whose folder cannot be written',
      createVariables: () => ({ ARCHIVE_PATH: join(folder, 'a-file/archive.db') }),
      line: /^The archive .*a-file.*archive\.db cannot be opened/,
    },
    {
      name: 'a folder for temporary files that does not exist',
      createVariables: () => ({ TMPDIR: join(folder, 'missing') }),
      line: /^The folder for temporary files .*missing cannot be written: ENOENT/,
    },
  ])('exits with one line and code 1: $name', async ({ createVariables, line }) => {
    const archive = { ...ARCHIVE, PUBLIC_URL: 'https://recordings.example.com' };
    // The default port may be taken by another edge on this machine.
    const PORT = String(await findFreePort());
    const environment = { ...archive, PORT, ARCHIVE_PATH: join(folder, 'any.db'), ...createVariables() };
    const { code, text } = await runToExit(getStartCommand('start:workerd'), environment);
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

  it('logs requests, exits with 0 on SIGTERM and deletes its temporary files', async () => {
    const { server, request } = await startWorkerd({ ...ARCHIVE, ARCHIVE_PATH: join(folder, 'logged.db') });
    await request('/healthz');
    expect(await server.stop()).toBe(0);
    expect(server.text()).toContain('"route":"healthz"');
    expect(readdirSync(folder).filter((name) => name.startsWith('room-recordings-workerd'))).toEqual([]);
  });
});
