import { countResponses, formatGet, openConnection } from '@room-recordings/testing/raw-http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seed, SEED } from '../../scripts/seed.ts';
import { openArchive } from '../../src/archive/sqlite.ts';
import { PATH, PUBLIC_URL } from '../support/recording.ts';
import { findFreePort, getStartCommand, start, type RuntimeScript } from './edge-process.ts';

const SCRIPTS: readonly RuntimeScript[] = ['start:node', 'start:bun', 'start:deno'];
const CONNECTIONS = 60;
const REQUESTS_PER_CONNECTION = 100;

const folder = mkdtempSync(join(tmpdir(), 'stalled-log-'));

beforeAll(async () => {
  const archive = await openArchive(join(folder, 'archive.db'));
  await seed(archive, SEED);
  archive.close();
});

afterAll(() => rmSync(folder, { recursive: true }));

async function startEdge(script: RuntimeScript) {
  const port = await findFreePort();
  const environment = {
    RECORDINGS_SOURCE: 'archive',
    ACCESS: 'public',
    PUBLIC_URL,
    LOG_LEVEL: 'info',
    PORT: String(port),
    ARCHIVE_PATH: join(folder, 'archive.db'),
    DENO_DIR: join(folder, 'deno'),
  };
  return { ...(await start(getStartCommand(script), environment, 'listening on')), port };
}

/** Reads a stored recording many times over one connection, and returns the number of responses. */
async function readRepeatedly(port: number): Promise<number> {
  const connection = await openConnection(port);
  connection.send(formatGet(PATH).repeat(REQUESTS_PER_CONNECTION));
  await connection.responses(REQUESTS_PER_CONNECTION);
  connection.destroy();
  return countResponses(connection.text());
}

describe.each(SCRIPTS)('%s with an unread log', (script) => {
  it('responds to every request and counts the dropped entries', async () => {
    const edge = await startEdge(script);
    await fetch(`http://127.0.0.1:${edge.port}${PATH}`);
    edge.pauseLog();
    const counts = await Promise.all(Array.from({ length: CONNECTIONS }, () => readRepeatedly(edge.port)));
    expect(counts).toEqual(Array.from({ length: CONNECTIONS }, () => REQUESTS_PER_CONNECTION));
    edge.resumeLog();
    await edge.waitForText('"log.entries_dropped"');
    expect(await edge.stop()).toBe(0);
    const entries = edge
      .text()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): unknown => JSON.parse(line));
    const written = entries.filter((entry) => JSON.stringify(entry).includes('"route":"recording"')).length;
    const dropped = entries.map((entry) =>
      typeof entry === 'object' && entry !== null && 'dropped' in entry ? Number(entry.dropped) : 0,
    );
    const total = dropped.reduce((sum, count) => sum + count, written);
    expect(total).toBe(1 + CONNECTIONS * REQUESTS_PER_CONNECTION);
    expect(written).toBeLessThan(total);
  });

  it('still responds after the log reader has exited', async () => {
    const edge = await startEdge(script);
    await fetch(`http://127.0.0.1:${edge.port}${PATH}`);
    edge.closeLog();
    for (let round = 0; round < 3; round += 1) {
      expect(await readRepeatedly(edge.port)).toBe(REQUESTS_PER_CONNECTION);
    }
    expect(await edge.stop()).toBe(0);
  });
});
