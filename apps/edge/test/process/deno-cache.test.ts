import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FIRST_PATH, seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, PUBLIC_URL, RECORDING } from '../support/recording.ts';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const folder = mkdtempSync(join(tmpdir(), 'deno-cache-'));
let upstream: Server;
let calls = 0;

beforeAll(async () => {
  upstream = createServer((_request, response) => {
    calls += 1;
    response
      .setHeader('Content-Type', 'application/json')
      .end(JSON.stringify({ ...RECORDING, codec: 'opus' }));
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
});

afterAll(() => {
  upstream.close();
  upstream.closeAllConnections();
  rmSync(folder, { recursive: true });
});

/** Starts an edge, reads a recording once and stops the edge. */
async function readOnce(denoDir: string, source: Readonly<Record<string, string>>, path = PATH) {
  const port = await findFreePort();
  const environment = { ...source, ACCESS: 'public', PUBLIC_URL, PORT: String(port), DENO_DIR: denoDir };
  const server = await start(getStartCommand('start:deno'), environment, 'listening on');
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  const body = await response.text();
  expect(await server.stop()).toBe(0);
  return {
    status: response.status,
    cacheStatus: response.headers.get('Cache-Status'),
    cacheControl: response.headers.get('Cache-Control'),
    body,
    text: server.text(),
  };
}

function createTwilioVariables(): Readonly<Record<string, string>> {
  // A server that listens on TCP has an address of this type.
  const { port } = upstream.address() as AddressInfo;
  return {
    RECORDINGS_SOURCE: 'twilio',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: `http://127.0.0.1:${port}`,
  };
}

/** Creates an archive whose recordings have this track name, and returns its settings. */
async function createArchive(trackName: string): Promise<Readonly<Record<string, string>>> {
  const path = join(folder, `${trackName}.db`);
  const database = await openArchive(path);
  await seed(
    database,
    SEED.map((row) => ({ ...row, track_name: trackName })),
  );
  database.close();
  return { RECORDINGS_SOURCE: 'archive', ARCHIVE_PATH: path };
}

test('Deno serves a response that an earlier process cached', async () => {
  const first = await readOnce(join(folder, 'deno'), createTwilioVariables());
  const second = await readOnce(join(folder, 'deno'), createTwilioVariables());
  expect(first.cacheStatus).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  expect(second.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect(calls).toBe(1);
});

test('Deno starts with a warning if it cannot write its cache', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { status, text } = await readOnce(file, createTwilioVariables());
  expect(status).toBe(200);
  expect(text).toContain('The Cache API cannot be opened, so the cache is in memory only');
});

test('Deno does not serve a cached response of another archive', async () => {
  const denoDir = join(folder, 'deno-archives');
  const first = await readOnce(denoDir, await createArchive('first'), FIRST_PATH);
  const second = await readOnce(denoDir, await createArchive('second'), FIRST_PATH);
  expect(JSON.parse(first.body)).toMatchObject({ track_name: 'first' });
  expect(JSON.parse(second.body)).toMatchObject({ track_name: 'second' });
});

test('Deno applies a shorter LIFETIME_COMPLETED to responses that an earlier process cached', async () => {
  const denoDir = join(folder, 'deno-lifetimes');
  await readOnce(denoDir, { ...createTwilioVariables(), LIFETIME_COMPLETED: '3600/0/3600' });
  const shorter = await readOnce(denoDir, { ...createTwilioVariables(), LIFETIME_COMPLETED: '1000/0/0' });
  const zero = await readOnce(denoDir, { ...createTwilioVariables(), LIFETIME_COMPLETED: '0/0/0' });
  expect(shorter.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d{1,3}$/);
  expect(shorter.cacheControl).toBe('public, max-age=1000');
  expect(zero.cacheStatus).toBe('room-recordings; fwd=stale; fwd-status=200; stored');
  expect(zero.cacheControl).toBe('public, max-age=0');
});
