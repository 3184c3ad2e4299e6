import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordingStatus } from '@room-recordings/core';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { commandOf, findFreePort, start } from './running.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const WAYS = ['GET', 'HEAD', 'If-None-Match'] as const;
const FOLLOWERS = 5;

const folder = mkdtempSync(join(tmpdir(), 'disconnect-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
let twilio: FakeTwilio;

const variablesOf = (): Readonly<Record<string, string>> => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  PUBLIC_URL: 'https://recordings.example.com',
  LOG_LEVEL: 'silent',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
  TWILIO_BASE_URL: twilio.origin,
  // Stale as soon as they are read: one is refreshed behind an answer, the other before it.
  LIFETIME_PROCESSING: '0/3600/3600',
  LIFETIME_FAILED: '0/0/3600',
});

beforeAll(async () => {
  twilio = await startFakeTwilio();
  for (const runtime of RUNTIMES) {
    const port = await findFreePort();
    ports.set(runtime, port);
    const environment = { ...variablesOf(), PORT: String(port), DENO_DIR: join(folder, 'deno') };
    running.push(await start(commandOf(`start:${runtime}`), environment, 'listening on'));
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
  // Not closed because the other side is: a connection that is being closed cannot be reset, and never says that it is gone.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // Some are broken on purpose.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const answered = new Promise((resolve) => socket.once('end', resolve));
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
      await Promise.race([answered, closed]);
      socket.destroy();
      return Number(text.split(' ')[1]);
    },
  };
}

describe.each(RUNTIMES)('F31: on %s a reader who leaves', (runtime) => {
  const portOf = (): number => ports.get(runtime) ?? 0;

  async function ask(path: string, way: Way = 'GET') {
    const response = await fetch(`http://127.0.0.1:${portOf()}${path}`, initOf(way));
    return {
      status: response.status,
      said: response.headers.get('Cache-Status') ?? '',
      text: await response.text(),
    };
  }

  /** Lets the edge see what came before, on other connections: it answers in turn. */
  const letItSee = () => ask('/healthz');

  /** Has the edge keep a recording that says this status; from then on the source says `completed`. */
  async function keep(status: RecordingStatus): Promise<string> {
    const path = freshPath();
    twilio.setFirstStatus(path, status);
    expect(JSON.parse((await ask(path)).text)).toMatchObject({ status });
    return path;
  }

  it.each(WAYS)('of what is fresh costs no call: %s', async (way) => {
    const path = await keep('completed');
    const reader = await send(portOf(), path, way);
    await reader.leave();
    const next = await ask(path, way);
    expect(next.status).toBe(statusOf(way));
    expect(next.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
    expect(twilio.calls(path)).toBe(1);
  });

  it.each(WAYS)('leaves the refresh behind, which is done all the same: %s', async (way) => {
    const path = await keep('processing');
    twilio.hold(path);
    const reader = await send(portOf(), path, way);
    await twilio.waitForCalls(path, 2);
    await reader.leave();
    await letItSee();
    twilio.release(path);
    // While the refresh is on its way nobody else begins one; once it were lost, the next reader would.
    let next = await ask(path);
    while (next.said.includes('stale-while-revalidate') && twilio.calls(path) === 2) next = await ask(path);
    expect(twilio.calls(path)).toBe(2);
    expect(next.said).toMatch(/^room-recordings; hit; ttl=\d+$/);
    expect(JSON.parse(next.text)).toMatchObject({ status: 'completed' });
  });

  it.each([
    ['nothing', 'GET'],
    ['nothing', 'HEAD'],
    ['nothing', 'If-None-Match'],
    ['failed', 'GET'],
    ['failed', 'HEAD'],
    ['failed', 'If-None-Match'],
  ] as const)('takes nobody along who waits for the same recording: %s, %s', async (kept, way) => {
    const path = kept === 'nothing' ? freshPath() : await keep(kept);
    const before = twilio.calls(path);
    twilio.hold(path);
    const leader = await send(portOf(), path, way);
    await twilio.waitForCalls(path, before + 1);
    const followers = await Promise.all(Array.from({ length: FOLLOWERS }, () => send(portOf(), path, way)));
    await letItSee();
    await leader.leave();
    await letItSee();
    twilio.release(path);
    const statuses = await Promise.all(followers.map((follower) => follower.status()));
    expect(statuses).toEqual(Array.from({ length: FOLLOWERS }, () => statusOf(way)));
    expect(twilio.calls(path) - before).toBeLessThanOrEqual(2);
  });

  it.each(WAYS)('alone keeps nothing from whoever comes next: %s', async (way) => {
    const path = freshPath();
    twilio.hold(path);
    const leader = await send(portOf(), path, way);
    await twilio.waitForCalls(path, 1);
    await leader.leave();
    await letItSee();
    twilio.release(path);
    expect((await ask(path, way)).status).toBe(statusOf(way));
    expect(twilio.calls(path)).toBeLessThanOrEqual(2);
  });
});
