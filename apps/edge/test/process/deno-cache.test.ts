import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PATH, PUBLIC_URL, RECORDING } from '../recording.ts';
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

/** Reads the recording by an edge that is started for this one read. */
async function readOnce(denoDir: string) {
  const port = await findFreePort();
  // A server that listens on TCP has an address of this kind.
  const { port: upstreamPort } = upstream.address() as AddressInfo;
  const environment = {
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    PUBLIC_URL,
    PORT: String(port),
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: `http://127.0.0.1:${upstreamPort}`,
    DENO_DIR: denoDir,
  };
  const server = await start(commandOf('start:deno'), environment, 'listening on');
  const response = await fetch(`http://127.0.0.1:${port}${PATH}`);
  await response.text();
  expect(await server.stop()).toBe(0);
  return { status: response.status, said: response.headers.get('Cache-Status'), text: server.text() };
}

test('on Deno what is cached outlives the process', async () => {
  const first = await readOnce(join(folder, 'deno'));
  const second = await readOnce(join(folder, 'deno'));
  expect(first.said).toBe('room-recordings; fwd=uri-miss; fwd-status=200; stored');
  expect(second.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
  expect(calls).toBe(1);
});

test('on Deno the edge starts, and says so, where its cache cannot be written', async () => {
  const file = join(folder, 'a-file');
  writeFileSync(file, '');
  const { status, text } = await readOnce(file);
  expect(status).toBe(200);
  expect(text).toContain('The Cache API cannot be opened, so what is cached is in memory alone');
});
