import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildSync } from 'esbuild';
import { expect, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';
import { findMachineNode } from './harness/machine-node.ts';
import type { Report } from './runners/report.ts';

const FOLDER = new URL('../', import.meta.url);
const LONGEST_RUN_MS = 60_000;

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const RUNTIMES: readonly (readonly [runtime: string, file: string, ...args: string[]])[] = [
  ['node', process.execPath],
  ['bun', fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER))],
  ['deno', fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), 'run', '-A'],
];

const RUNNER = fileURLToPath(new URL('test/runners/run.ts', FOLDER));

test.each(RUNTIMES)(
  '%s shows every behaviour that there is',
  async (runtime, file, ...args) => {
    expect(await report(file, [...args, RUNNER])).toEqual(expected(runtime));
  },
  LONGEST_RUN_MS,
);

test(
  'so does the Node of the machine, which reads no TypeScript',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'http-cache-'));
    const outfile = join(folder, 'run.mjs');
    buildSync({ entryPoints: [RUNNER], bundle: true, format: 'esm', outfile });
    expect(await report(findMachineNode(), [outfile])).toEqual(expected('node'));
    rmSync(folder, { recursive: true });
  },
  LONGEST_RUN_MS,
);

async function report(file: string, args: readonly string[]): Promise<unknown> {
  const env = { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' };
  const { stdout } = await promisify(execFile)(file, args, {
    env,
    maxBuffer: 2 ** 24,
    timeout: LONGEST_RUN_MS,
  });
  return JSON.parse(stdout);
}

function expected(runtime: string): Report {
  return { runtime, names: BEHAVIOUR.map(({ name }) => name), failures: [] };
}
