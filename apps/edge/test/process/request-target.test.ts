import { sendRaw } from '@room-recordings/testing/raw-http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { findFreePort, getStartCommand, start } from './edge-process.ts';

const VARIABLES = { RECORDINGS_SOURCE: 'archive', ACCESS: 'public', PUBLIC_URL, LOG_LEVEL: 'silent' };
const folder = mkdtempSync(join(tmpdir(), 'request-target-'));
const ports = new Map<string, number>();
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const archive = await openArchive(join(folder, 'archive.db'));
  await seed(archive, SEED);
  archive.close();
  for (const runtime of ['node', 'bun', 'deno', 'workerd'] as const) {
    const port = await findFreePort();
    const environment = {
      ...VARIABLES,
      PORT: String(port),
      ARCHIVE_PATH: join(folder, 'archive.db'),
      DENO_DIR: join(folder, 'deno'),
    };
    const { stop } = await start(getStartCommand(`start:${runtime}`), environment, 'listening on');
    ports.set(runtime, port);
    stops.push(stop);
  }
}, 60_000);

afterAll(async () => {
  await Promise.all(stops.map((stop) => stop()));
  rmSync(folder, { recursive: true });
});

type Statuses = Readonly<Record<'node' | 'bun' | 'deno' | 'workerd', number>>;

/** Returns the same status for each runtime. */
const onEachRuntime = (status: number): Statuses => ({
  node: status,
  bun: status,
  deno: status,
  workerd: status,
});

const { host } = new URL(PUBLIC_URL);
const backslashes = `/${PATH.slice(1).replaceAll('/', '\\')}`;

describe('a request target over a socket', () => {
  it.each<{ name: string; target: string; hostLine: string; statuses: Statuses }>([
    { name: 'a path', target: PATH, hostLine: host, statuses: onEachRuntime(200) },
    {
      name: 'a path for another Host',
      target: PATH,
      hostLine: 'other.example',
      statuses: onEachRuntime(200),
    },
    {
      name: 'the absolute form of the public URL',
      target: `http://${host}${PATH}`,
      hostLine: host,
      statuses: onEachRuntime(200),
    },
    {
      name: 'the absolute form of the Host header',
      target: `http://other.example:81${PATH}`,
      hostLine: 'other.example:81',
      statuses: onEachRuntime(200),
    },
    {
      name: 'the absolute form in upper case',
      target: `HTTP://${host.toUpperCase()}${PATH}`,
      hostLine: host,
      statuses: onEachRuntime(200),
    },
    {
      name: 'the absolute form of a health check',
      target: `http://${host}/healthz`,
      hostLine: host,
      statuses: onEachRuntime(200),
    },
    {
      // Bun and workerd replace the authority with that of the Host header before the edge gets the target.
      name: 'the absolute form of a foreign host',
      target: `http://evil.example${PATH}`,
      hostLine: host,
      statuses: { node: 400, bun: 200, deno: 400, workerd: 200 },
    },
    {
      // Bun replaces backslashes with slashes before the edge gets the target.
      name: 'a path with backslashes',
      target: backslashes,
      hostLine: host,
      statuses: { node: 400, bun: 200, deno: 400, workerd: 400 },
    },
    {
      // workerd drops a fragment before the edge gets the target.
      name: 'a path with a fragment',
      target: `${PATH}#${PATH}`,
      hostLine: host,
      statuses: { node: 400, bun: 400, deno: 400, workerd: 200 },
    },
    {
      name: 'backslashes and a fragment and a Host header with a question mark',
      target: `${backslashes}#${PATH}`,
      hostLine: 'x?',
      statuses: onEachRuntime(400),
    },
    {
      // Node and Bun ignore an invalid Host header; Deno and workerd build the URL from it.
      name: 'a path and a Host header with a path',
      target: PATH,
      hostLine: `x${backslashes}?`,
      statuses: { node: 200, bun: 200, deno: 400, workerd: 400 },
    },
  ])(
    'gets the same status on each runtime that passes the target on unchanged: $name',
    async ({ target, hostLine, statuses }) => {
      const received: Record<string, number> = {};
      for (const [runtime, port] of ports) {
        const response = await sendRaw(port, [`GET ${target} HTTP/1.1`, `Host: ${hostLine}`]);
        received[runtime] = Number(/^HTTP\/1\.[01] (\d{3})/.exec(response)?.[1] ?? 0);
        const isRejected = received[runtime] === 400;
        expect(response.includes('"error":"invalid_request"'), runtime).toBe(isRejected);
      }
      expect(received).toEqual(statuses);
    },
  );

  it('reaches the edge in HTTP/1.0 without a Host header on Node, Bun and Deno', async () => {
    for (const runtime of ['node', 'bun', 'deno']) {
      const response = await sendRaw(ports.get(runtime) ?? 0, [`GET ${PATH} HTTP/1.0`]);
      expect(response, runtime).toMatch(/^HTTP\/1\.[01] 200/);
    }
  });
});
