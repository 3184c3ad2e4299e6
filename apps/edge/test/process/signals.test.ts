import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import process from 'node:process';
import { afterAll, describe, expect, it } from 'vitest';
import { findFreePort, getStartCommand } from './edge-process.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');
const EDGE = join(ROOT, 'apps/edge');
const PATH = [join(EDGE, 'node_modules/.bin'), join(ROOT, 'node_modules/.bin'), process.env['PATH']].join(
  delimiter,
);
const folder = mkdtempSync(join(tmpdir(), 'signals-'));

afterAll(() => rmSync(folder, { recursive: true }));

describe.each(['start:node', 'start:bun', 'start:deno', 'start:workerd'] as const)('%s', (script) => {
  it('is one plain command without a shell, so that a signal reaches the program', () => {
    expect(getStartCommand(script)).toMatch(/^[\w./-]+( [\w./=-]+)*$/);
    expect(getStartCommand(script)).not.toMatch(/^\w+=/);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('exits with 0 on %s and frees its port', async (signal) => {
    const port = await findFreePort();
    const [file = '', ...args] = getStartCommand(script).split(' ');
    // Without a shell, only the process of the documented command gets the signal.
    const child = spawn(file, args, {
      cwd: EDGE,
      env: {
        PATH,
        PORT: String(port),
        RECORDINGS_SOURCE: 'archive',
        ACCESS: 'public',
        ARCHIVE_PATH: join(folder, 'archive.db'),
        DENO_DIR: join(folder, 'deno'),
      },
    });
    let stdout = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    let stderr = '';
    await new Promise<void>((resolve) => {
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
        if (stderr.includes('listening on')) resolve();
      });
    });
    const url = `http://127.0.0.1:${port}/healthz`;
    expect((await fetch(url)).status).toBe(200);
    child.kill(signal);
    const [code] = await once(child, 'close');
    expect(code).toBe(0);
    await expect(fetch(url)).rejects.toThrow('fetch failed');
    // The edge writes only the log entries of requests to stdout.
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toMatchObject([{ route: 'healthz', status: 200 }]);
  });
});
