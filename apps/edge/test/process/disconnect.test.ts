import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalWorker } from '../../scripts/local-worker.ts';
import { startHeldTwilio, type HeldTwilio } from './held-twilio.ts';
import { commandOf, findFreePort, start } from './running.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const WAYS = ['GET', 'HEAD', 'If-None-Match'] as const;
const FOLLOWERS = 5;

const folder = mkdtempSync(join(tmpdir(), 'disconnect-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
let twilio: HeldTwilio;

const variablesOf = (): Readonly<Record<string, string>> => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  PUBLIC_URL: 'https://recordings.example.com',
  LOG_LEVEL: 'silent',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
  TWILIO_BASE_URL: twilio.origin,
});

beforeAll(async () => {
  twilio = await startHeldTwilio();
  for (const runtime of RUNTIMES) {
    const port = await findFreePort();
    ports.set(runtime, port);
    if (runtime === 'workerd') {
      const state = join(folder, 'd1');
      running.push(
        await startLocalWorker({ host: '127.0.0.1', port, state, variables: variablesOf(), write() {} }),
      );
    } else {
      const environment = { ...variablesOf(), PORT: String(port), DENO_DIR: join(folder, 'deno') };
      running.push(await start(commandOf(`start:${runtime}`), environment, 'listening on'));
    }
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

type Way = (typeof WAYS)[number];

function initOf(way: Way): RequestInit {
  if (way === 'If-None-Match') return { headers: { 'If-None-Match': '*' } };
  return { method: way };
}

/** What a recording is answered with. */
const statusOf = (way: Way): number => (way === 'If-None-Match' ? 304 : 200);

/** A recording that no other test asks for. */
function freshPath(): string {
  return `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/RT${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Asks over a connection of its own, which the test may break. */
async function send(port: number, path: string, way: Way) {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // Some are broken on purpose.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  await once(socket, 'connect');
  const { method = 'GET' } = initOf(way);
  const condition = way === 'If-None-Match' ? ['If-None-Match: *'] : [];
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', ...condition, 'Connection: close', '', ''];
  socket.write(lines.join('\r\n'));
  return {
    async leave() {
      socket.resetAndDestroy();
      await closed;
    },
    async status() {
      await closed;
      return Number(text.split(' ')[1]);
    },
  };
}

describe.each(RUNTIMES)('F31: on %s a reader who leaves', (runtime) => {
  const portOf = (): number => ports.get(runtime) ?? 0;

  async function ask(path: string, way: Way = 'GET') {
    const response = await fetch(`http://127.0.0.1:${portOf()}${path}`, initOf(way));
    return { status: response.status, text: await response.text() };
  }

  /** Lets the edge see what came before, on other connections: it answers in turn. */
  const letItSee = () => ask('/healthz');

  it.each(WAYS)('takes nobody along who waits for the same recording: %s', async (way) => {
    const path = freshPath();
    twilio.hold(path);
    const leader = await send(portOf(), path, way);
    await twilio.asked(path, 1);
    const followers = await Promise.all(Array.from({ length: FOLLOWERS }, () => send(portOf(), path, way)));
    await letItSee();
    await leader.leave();
    await letItSee();
    twilio.release(path);
    const statuses = await Promise.all(followers.map((follower) => follower.status()));
    expect(statuses).toEqual(Array.from({ length: FOLLOWERS }, () => statusOf(way)));
    expect(twilio.calls(path)).toBeLessThanOrEqual(2);
  });

  it.each(WAYS)('alone keeps nothing from whoever comes next: %s', async (way) => {
    const path = freshPath();
    twilio.hold(path);
    const leader = await send(portOf(), path, way);
    await twilio.asked(path, 1);
    await leader.leave();
    await letItSee();
    twilio.release(path);
    expect((await ask(path, way)).status).toBe(statusOf(way));
    expect(twilio.calls(path)).toBeLessThanOrEqual(2);
  });
});
