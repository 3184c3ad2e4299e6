import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { BEHAVIOUR } from './behaviour/index.ts';
import type { Report } from './runners/report.ts';

const FOLDER = new URL('../', import.meta.url);
const LONGEST_RUN_MS = 60_000;

/** The binaries themselves: the wrapper that npm's deno installs leaves Deno running when it is ended. */
const RUNTIMES: readonly (readonly [runtime: string, file: string, ...args: string[]])[] = [
  ['node', process.execPath],
  ['bun', fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER))],
  ['deno', fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), 'run', '-A'],
];

test.each(RUNTIMES)(
  '%s shows every behaviour that there is',
  async (runtime, file, ...args) => {
    const runner = fileURLToPath(new URL('test/runners/run.ts', FOLDER));
    const options = {
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
      maxBuffer: 2 ** 24,
      timeout: LONGEST_RUN_MS,
    };
    const { stdout } = await promisify(execFile)(file, [...args, runner], options);
    const report = JSON.parse(stdout) as Report;
    expect(report).toEqual({ runtime, names: BEHAVIOUR.map(({ name }) => name), failures: [] });
  },
  LONGEST_RUN_MS,
);
