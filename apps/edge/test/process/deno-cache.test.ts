import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { FIRST_PATH, seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/adapters/open-source.ts';
import { commandOf, findFreePort, start } from './running.ts';

const folder = mkdtempSync(join(tmpdir(), 'deno-cache-'));
let upstream: Server;
let calls = 0;

beforeAll(async () => {
  upstream = createServer((_message, answer) => {
    calls += 1;
    answer.setHeader('Content-Type', 'application/json').end(JSON.stringify({ ...RECORDING, codec: 'opus' }));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Reads a recording by an edge that is started for this one read. */
async function readOnce(denoDir: string, source: Readonly<Record<string, string>>, path = PATH) {
  const port = await findFreePort();
  const environment = { ...source, ACCESS: 'public', PUBLIC_URL, PORT: String(port), DENO_DIR: denoDir };
  const server = await start(commandOf('start:deno'), environment, 'listening on');
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const body = await response.text();
  expect(await server.stop()).toBe(0);
  return {
    status: response.status,
    said: response.headers.get('Cache-Status'),
    cacheControl: response.headers.get('Cache-Control'),
    body,
    text: server.text(),
  };
}

function twilio(): Readonly<Record<string, string>> {
  // A server that listens on TCP has an address of this kind.
  const { port } = upstream.address() as AddressInfo;
  return {
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: `http://127.0.0.1:${port}`,
  };
}

/** An archive in which the first recording of the seed has this track name. */
async function archiveOf(track: string): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, `${track}.db`);
  const database = await openArchive(path);
  await seed(
    database,
    SEED.map((row) => ({ ...row, track_name: track })),
  );
  database.close();
  return { RECORDINGS_SOURCE: 'archive', ARCHIVE_PATH: path };
}

test('on Deno what is cached outlives the process', async () => {
  const first = await readOnce(join(folder, 'deno'), twilio());
  const second = await readOnce(join(folder, 'deno'), twilio());
  expect(first.said).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  expect(second.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect(calls).toBe(1);
});

test('on Deno the edge starts, and says so, where its cache cannot be written', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { status, text } = await readOnce(file, twilio());
  expect(status).toBe(200);
  expect(text).toContain('The Cache API cannot be opened, so what is cached is in memory alone');
});

test('S23: on Deno an archive is not answered from what another one held', async () => {
  const denoDir = join(folder, 'deno-of-archives');
  const first = await readOnce(denoDir, await archiveOf('first'), FIRST_PATH);
  const second = await readOnce(denoDir, await archiveOf('second'), FIRST_PATH);
  expect(JSON.parse(first.body)).toMatchObject({ track_name: 'first' });
  expect(JSON.parse(second.body)).toMatchObject({ track_name: 'second' });
});

test('on Deno a shorter lifetime after a restart holds for what the earlier process has stored', async () => {
  const denoDir = join(folder, 'deno-of-lifetimes');
  await readOnce(denoDir, { ...twilio(), LIFETIME_COMPLETED: '3600/0/3600' });
  const shorter = await readOnce(denoDir, { ...twilio(), LIFETIME_COMPLETED: '1000/0/0' });
  const none = await readOnce(denoDir, { ...twilio(), LIFETIME_COMPLETED: '0/0/0' });
  expect(shorter.said).toMatch(/^room-recordings; hit; ttl=\d{1,3}$/);
  expect(shorter.cacheControl).toBe('public, max-age=1000');
  expect(none.said).toBe('room-recordings; fwd=stale; fwd-status=200; stored');
  expect(none.cacheControl).toBe('public, max-age=0');
});
