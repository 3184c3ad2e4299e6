import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RecordingStatus } from '@room-recordings/core';
import { startFakeTwilio, type FakeTwilio } from '@room-recordings/testing/fake-twilio';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const RUNTIMES = ['node', 'bun', 'deno', 'workerd'] as const;
const REQUEST_KINDS = ['GET', 'HEAD', 'If-None-Match'] as const;
const FOLLOWERS = 5;

const folder = mkdtempSync(join(tmpdir(), 'disconnect-'));
const ports = new Map<string, number>();
const running: { stop(): Promise<unknown> }[] = [];
let twilio: FakeTwilio;

const createVariables = (): Readonly<Record<string, string>> => ({
  RECORDINGS_SOURCE: 'twilio',
  ACCESS: 'public',
  PUBLIC_URL: 'https://recordings.example.com',
  LOG_LEVEL: 'silent',
  TWILIO_API_KEY: 'SK1',
  TWILIO_API_SECRET: 'secret',
  TWILIO_BASE_URL: twilio.origin,
  // Responses of both statuses are stale at once. The edge revalidates `processing` in the background, and `failed` before it responds.
  LIFETIME_PROCESSING: '0/3600/3600',
  LIFETIME_FAILED: '0/0/3600',
});

beforeAll(async () => {
  twilio = await startFakeTwilio();
  for (const runtime of RUNTIMES) {
    const port = await findFreePort();
    ports.set(runtime, port);
    const environment = { ...createVariables(), PORT: String(port), DENO_DIR: join(folder, 'deno') };
    running.push(await start(getStartCommand(`start:${runtime}`), environment, 'listening on'));
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(running.map((server) => server.stop()));
  await twilio.stop();
  rmSync(folder, { recursive: true });
});

type RequestKind = (typeof REQUEST_KINDS)[number];

function toInit(kind: RequestKind): RequestInit {
  if (kind === 'If-None-Match') return { headers: { 'If-None-Match': '*' } };
  return { method: kind };
}

/** Returns the status of a successful response. */
const expectedStatus = (kind: RequestKind): number => (kind === 'If-None-Match' ? 304 : 200);

/** Returns the path of a recording that no other test requests. */
function createPath(): string {
  return `/v1/Rooms/RM${'b'.repeat(32)}/Recordings/RT${crypto.randomUUID().replaceAll('-', '')}`;
}

/** Sends a request over its own connection, which the test can reset. */
async function send(port: number, path: string, kind: RequestKind) {
  // With `allowHalfOpen` this side stays open: a closing connection cannot be reset and never emits `close`.
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  // The tests reset some connections.
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const ended = new Promise((resolve) => socket.once('end', resolve));
  await once(socket, 'connect');
  const { method = 'GET' } = toInit(kind);
  const condition = kind === 'If-None-Match' ? ['If-None-Match: *'] : [];
  const lines = [`${method} ${path} HTTP/1.1`, 'Host: x', ...condition, 'Connection: close', '', ''];
  socket.write(lines.join('\r\n'));
  return {
    async disconnect() {
      socket.resetAndDestroy();
      await closed;
    },
    async status() {
      await Promise.race([ended, closed]);
      socket.destroy();
      return Number(text.split(' ')[1]);
    },
  };
}

describe.each(RUNTIMES)('a client of %s that disconnects', (runtime) => {
  const findPort = (): number => ports.get(runtime) ?? 0;

  async function request(path: string, kind: RequestKind = 'GET') {
    const response = await fetch(`http://127.0.0.1:${findPort()}${path}`, toInit(kind));
    return {
      status: response.status,
      cacheStatus: response.headers.get('Cache-Status') ?? '',
      text: await response.text(),
    };
  }

  /** Waits until the edge has processed the earlier events of other connections. */
  const waitForEdge = () => request('/healthz');

  /** Stores a response with this status in the edge; further responses of Twilio have `completed`. */
  async function store(status: RecordingStatus): Promise<string> {
    const path = createPath();
    twilio.setFirstStatus(path, status);
    expect(JSON.parse((await request(path)).text)).toMatchObject({ status });
    return path;
  }

  it.each(REQUEST_KINDS)(
    'does not cause a call to Twilio if the stored response is fresh: %s',
    async (kind) => {
      const path = await store('completed');
      const client = await send(findPort(), path, kind);
      await client.disconnect();
      const next = await request(path, kind);
      expect(next.status).toBe(expectedStatus(kind));
      expect(next.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d+$/);
      expect(twilio.calls(path)).toBe(1);
    },
  );

  it.each(REQUEST_KINDS)('does not stop the background refresh of a stale response: %s', async (kind) => {
    const path = await store('processing');
    twilio.hold(path);
    const client = await send(findPort(), path, kind);
    await twilio.waitForCalls(path, 2);
    await client.disconnect();
    await waitForEdge();
    twilio.release(path);
    // No other request starts a refresh while one is pending. If the refresh were lost, the next request would start another.
    let next = await request(path);
    while (next.cacheStatus.includes('stale-while-revalidate') && twilio.calls(path) === 2)
      next = await request(path);
    expect(twilio.calls(path)).toBe(2);
    expect(next.cacheStatus).toMatch(/^room-recordings; hit; ttl=\d+$/);
    expect(JSON.parse(next.text)).toMatchObject({ status: 'completed' });
  });

  it.each(
    REQUEST_KINDS.flatMap((kind) => [
      { name: `${kind} without a stored response`, stored: undefined, kind },
      { name: `${kind} with a stored failed recording`, stored: 'failed' as const, kind },
    ]),
  )('does not affect the clients that share its call: $name', async ({ stored, kind }) => {
    const path = stored === undefined ? createPath() : await store(stored);
    const before = twilio.calls(path);
    twilio.hold(path);
    const leader = await send(findPort(), path, kind);
    await twilio.waitForCalls(path, before + 1);
    const followers = await Promise.all(
      Array.from({ length: FOLLOWERS }, () => send(findPort(), path, kind)),
    );
    await waitForEdge();
    await leader.disconnect();
    await waitForEdge();
    twilio.release(path);
    const statuses = await Promise.all(followers.map((follower) => follower.status()));
    expect(statuses).toEqual(Array.from({ length: FOLLOWERS }, () => expectedStatus(kind)));
    expect(twilio.calls(path) - before).toBeLessThanOrEqual(2);
  });

  it.each(REQUEST_KINDS)('does not affect the next request: %s', async (kind) => {
    const path = createPath();
    twilio.hold(path);
    const leader = await send(findPort(), path, kind);
    await twilio.waitForCalls(path, 1);
    await leader.disconnect();
    await waitForEdge();
    twilio.release(path);
    expect((await request(path, kind)).status).toBe(expectedStatus(kind));
    expect(twilio.calls(path)).toBeLessThanOrEqual(2);
  });
});
