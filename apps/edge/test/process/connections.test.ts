import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import {
  countResponses,
  formatGet,
  openConnection,
  type RawConnection,
} from '@room-recordings/testing/raw-http';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';

const SCRIPTS: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const MAX_DESCRIPTORS = 150;
/** The path of a recording whose response Twilio holds. */
const HELD_PATH = `/v1/Rooms/RM${'c'.repeat(32)}/Recordings/RT${'c'.repeat(32)}`;

const folder = mkdtempSync(join(tmpdir(), 'connections-'));
let twilio: FakeTwilio;

beforeAll(async () => {
  twilio = await startFakeTwilio();
});

afterAll(async () => {
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

async function startEdge(command: string, overrides: Readonly<Record<string, string>> = {}) {
  const port = await findFreePort();
  const environment = {
    RECORDINGS_SOURCE: 'twilio',
    ACCESS: 'public',
    PUBLIC_URL,
    LOG_LEVEL: 'error',
    PORT: String(port),
    TWILIO_API_KEY: 'SK1',
    TWILIO_API_SECRET: 'secret',
    TWILIO_BASE_URL: twilio.origin,
    DENO_DIR: join(folder, `deno-${port}`),
    ...overrides,
  };
  return { ...(await start(command, environment, 'listening on')), port };
}

async function read(connection: RawConnection, path = '/healthz'): Promise<string> {
  const before = connection.text().length;
  connection.send(formatGet(path));
  while (!/\r\n\r\n\{.*\}$/.test(connection.text().slice(before))) await connection.moreText();
  return connection.text().slice(before);
}

/** Repeats a request until the edge responds. Deno listens again half a second after it ran out of descriptors. */
async function retryUntilResponse(port: number): Promise<number> {
  for (;;) {
    try {
      const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
      return status;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe.each(['start:node', 'start:bun'] as const)('KEEP_ALIVE_SECONDS=1 on %s', (script) => {
  it.each([
    { name: 'a cached response', path: PATH },
    { name: 'a generated response', path: '/healthz' },
  ])(
    'closes a connection that is idle for one second after $name, and keeps a connection whose response is pending',
    async ({ path }) => {
      const edge = await startEdge(getStartCommand(script), { KEEP_ALIVE_SECONDS: '1' });
      await fetch(`http://127.0.0.1:${edge.port}${PATH}`);
      twilio.hold(HELD_PATH);
      const before = twilio.calls(HELD_PATH);
      const pending = await openConnection(edge.port);
      pending.send(formatGet(HELD_PATH));
      await twilio.waitForCalls(HELD_PATH, before + 1);
      const idle = await openConnection(edge.port);
      await read(idle, path);
      const idleSince = performance.now();
      await idle.closed;
      expect(performance.now() - idleSince).toBeGreaterThan(990);
      if (script === 'start:node') expect(idle.text()).toContain('Keep-Alive: timeout=1\r\n');
      twilio.release(HELD_PATH);
      await pending.responses(1);
      // On a slow machine the response can be a 504, because the call to Twilio times out after five seconds.
      expect(countResponses(pending.text())).toBe(1);
      pending.destroy();
      expect(await edge.stop()).toBe(0);
    },
  );
});

describe.each(SCRIPTS)('%s with more connections than file descriptors', (script) => {
  it('responds on an open connection, and on new connections when others close', async () => {
    const edge = await startEdge(`sh -c 'ulimit -n ${MAX_DESCRIPTORS} && exec ${getStartCommand(script)}'`);
    const kept = await openConnection(edge.port);
    await read(kept);
    const attempts = await Promise.allSettled(
      Array.from({ length: 2 * MAX_DESCRIPTORS }, () => openConnection(edge.port)),
    );
    expect(await read(kept)).toContain('HTTP/1.1 200 OK');
    for (const attempt of attempts) if (attempt.status === 'fulfilled') attempt.value.destroy();
    expect(await retryUntilResponse(edge.port)).toBe(200);
    expect(await read(kept)).toContain('HTTP/1.1 200 OK');
    if (script === 'start:deno') expect(edge.text()).toContain('"event":"server.accept_failed"');
    kept.destroy();
    expect(await edge.stop()).toBe(0);
  });
});
