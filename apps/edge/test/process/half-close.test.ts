import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalWorker } from '../../scripts/local-worker.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { countResponses, formatGet, openConnection } from '@room-recordings/testing/raw-http';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
/** Bun and Deno close the connection when the client closes its side. */
const HALF_OPEN_RUNTIMES = ['node', 'workerd'] as const;

const folder = mkdtempSync(join(tmpdir(), 'half-close-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
let twilio: FakeTwilio;

beforeAll(async () => {
  twilio = await startFakeTwilio();
  const variables = {
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    PUBLIC_URL,
    LOG_LEVEL: 'silent',
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: twilio.origin,
  };
  for (const runtime of RUNTIMES) {
    const port = await findFreePort();
    ports.set(runtime, port);
    const state = join(folder, 'd1');
    const environment = { ...variables, PORT: String(port), DENO_DIR: join(folder, 'deno') };
    running.push(
      runtime === 'workerd'
        ? await startLocalWorker({ host: '127.0.0.1', port, state, variables, write() {} })
        : await start(getStartCommand(`start:${runtime}`), environment, 'listening on'),
    );
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

describe('a client that closes its side after its request', () => {
  it.each(RUNTIMES)('gets a cached response from %s', async (runtime) => {
    const port = ports.get(runtime) ?? 0;
    await fetch(`http://127.0.0.1:${port}${PATH}`);
    const connection = await openConnection(port);
    connection.send(formatGet(PATH));
    connection.end();
    const text = await connection.closed;
    expect(text).toContain('HTTP/1.1 200 OK');
    expect(JSON.parse(text.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status: 'completed' });
  });

  it.each(HALF_OPEN_RUNTIMES)('gets each pending response of its pipeline from %s', async (runtime) => {
    const port = ports.get(runtime) ?? 0;
    const path = `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/RT${'b'.repeat(32)}`;
    const before = twilio.calls(path);
    twilio.hold(path);
    const connection = await openConnection(port);
    connection.send(formatGet(path) + formatGet('/healthz') + formatGet(path));
    connection.end();
    await twilio.waitForCalls(path, before + 1);
    // The FIN arrived before these requests, so the edge has processed it while the call to Twilio is pending.
    for (let count = 0; count < 2; count += 1) await fetch(`http://127.0.0.1:${port}/healthz`);
    twilio.release(path);
    expect(countResponses(await connection.closed)).toBe(3);
  });
});
