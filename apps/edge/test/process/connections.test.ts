import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PATH, PUBLIC_URL } from '../recording.ts';
import { get, openConnection, type Connection } from './connection.ts';
import { startHeldTwilio, type HeldTwilio } from './held-twilio.ts';
import { commandOf, findFreePort, start, type RuntimeScript } from './running.ts';

const SCRIPTS: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const DESCRIPTORS = 150;

const folder = mkdtempSync(join(tmpdir(), 'connections-'));
let twilio: HeldTwilio;

beforeAll(async () => {
  twilio = await startHeldTwilio();
});

afterAll(async () => {
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

async function startEdge(command: string, more: Readonly<Record<string, string>> = {}) {
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
    ...more,
  };
  return { ...(await start(command, environment, 'listening on')), port };
}

async function readHealth(connection: Connection): Promise<string> {
  const before = connection.text().length;
  connection.send(get('/healthz'));
  while (!/\r\n\r\n\{.*\}$/.test(connection.text().slice(before))) await connection.moreText();
  return connection.text().slice(before);
}

/** Asks until the edge answers: Deno listens again half a second after it ran out of descriptors. */
async function readUntilAnswered(port: number): Promise<number> {
  for (;;) {
    try {
      const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
      return status;
    } catch {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

describe.each(['start:node', 'start:bun'] as const)('KEEP_ALIVE_SECONDS on %s', (script) => {
  it('closes idle connections after it, and no connection whose response is late', async () => {
    const edge = await startEdge(commandOf(script), { KEEP_ALIVE_SECONDS: '1' });
    twilio.hold(PATH);
    const before = twilio.calls(PATH);
    const waiting = await openConnection(edge.port);
    waiting.send(get(PATH));
    await twilio.asked(PATH, before + 1);
    const idle = await openConnection(edge.port);
    await readHealth(idle);
    await idle.closed;
    twilio.release(PATH);
    await waiting.responses(1);
    expect(waiting.text()).toContain('HTTP/1.1 200 OK');
    waiting.destroy();
    expect(await edge.stop()).toBe(0);
  });
});

describe.each(SCRIPTS)('%s with more connections than file descriptors', (script) => {
  it('answers on the connections that it has, and on new ones when the others close', async () => {
    const edge = await startEdge(`sh -c 'ulimit -n ${DESCRIPTORS} && exec ${commandOf(script)}'`);
    const kept = await openConnection(edge.port);
    await readHealth(kept);
    const flood = await Promise.allSettled(
      Array.from({ length: 2 * DESCRIPTORS }, () => openConnection(edge.port)),
    );
    expect(await readHealth(kept)).toContain('HTTP/1.1 200 OK');
    for (const opened of flood) if (opened.status === 'fulfilled') opened.value.destroy();
    expect(await readUntilAnswered(edge.port)).toBe(200);
    expect(await readHealth(kept)).toContain('HTTP/1.1 200 OK');
    if (script === 'start:deno') expect(edge.text()).toContain('"server":"accept_failed"');
    kept.destroy();
    expect(await edge.stop()).toBe(0);
  });
});
