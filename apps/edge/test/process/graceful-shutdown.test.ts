import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { countResponses, formatGet, openConnection } from '@room-recordings/testing/raw-http';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';

const SCRIPTS: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const PENDING_REQUESTS = 30;

const folder = mkdtempSync(join(tmpdir(), 'graceful-shutdown-'));
let twilio: FakeTwilio;

beforeAll(async () => {
  twilio = await startFakeTwilio();
});

afterAll(async () => {
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

async function startEdge(script: RuntimeScript) {
  const port = await findFreePort();
  const environment = {
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    PUBLIC_URL,
    LOG_LEVEL: 'silent',
    PORT: String(port),
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: twilio.origin,
    DENO_DIR: join(folder, `deno-${port}`),
  };
  return { ...(await start(getStartCommand(script), environment, 'listening on')), port };
}

/** Opens a connection and receives its first response. */
async function openUsedConnection(port: number) {
  const connection = await openConnection(port);
  connection.send(formatGet('/healthz'));
  await connection.responses(1);
  return connection;
}

/** Waits until the edge has read the earlier requests of other connections. */
async function waitForEdge(port: number): Promise<void> {
  for (let count = 0; count < 2; count += 1) (await openUsedConnection(port)).destroy();
}

const getLastResponse = (text: string) => text.slice(text.lastIndexOf('HTTP/1.1 '));

describe.each(SCRIPTS)('%s on SIGTERM', (script) => {
  it(`sends ${PENDING_REQUESTS} pending responses completely, closes each connection and exits with 0`, async () => {
    const edge = await startEdge(script);
    const idle = await openUsedConnection(edge.port);
    const connections = await Promise.all(
      Array.from({ length: PENDING_REQUESTS }, () => openUsedConnection(edge.port)),
    );
    twilio.hold(PATH);
    const before = twilio.calls(PATH);
    for (const connection of connections) connection.send(formatGet(PATH));
    await twilio.waitForCalls(PATH, before + 1);
    await waitForEdge(edge.port);
    const stopped = edge.stop();
    await idle.closed;
    twilio.release(PATH);
    for (const connection of connections) {
      const text = getLastResponse(await connection.closed);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text).toMatch(/\r\nconnection: close\r\n/i);
      const [, body = ''] = text.split('\r\n\r\n');
      expect(JSON.parse(body)).toMatchObject({ status: 'completed' });
    }
    expect(await stopped).toBe(0);
  });

  // Bun closes a connection if a second request arrives while the first response is pending.
  it.skipIf(script === 'start:bun')('responds to each pending request of a pipeline', async () => {
    const edge = await startEdge(script);
    const idle = await openUsedConnection(edge.port);
    const connection = await openConnection(edge.port);
    twilio.hold(PATH);
    const before = twilio.calls(PATH);
    connection.send(formatGet(PATH) + formatGet('/healthz') + formatGet(PATH));
    await twilio.waitForCalls(PATH, before + 1);
    await waitForEdge(edge.port);
    const stopped = edge.stop();
    await idle.closed;
    twilio.release(PATH);
    const text = await connection.closed;
    expect(await stopped).toBe(0);
    expect(countResponses(text)).toBe(script === 'start:node' ? 3 : 1);
  });
});
