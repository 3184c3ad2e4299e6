import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { parseReport, type Runtime } from './report.ts';
import type { RuntimeRun } from './evaluate.ts';

const FOLDER = new URL('../', import.meta.url);
const MAX_RUN_MS = 60_000;

type Command = readonly [file: string, ...args: string[]];

/** The binaries themselves: the wrapper of npm's package deno does not stop Deno when it is stopped. */
const COMMANDS: Readonly<Record<Runtime, Command>> = {
  node: [process.execPath],
  bun: [fileURLToPath(new URL('node_modules/bun/bin/bun.exe', FOLDER))],
  deno: [fileURLToPath(new URL('node_modules/deno/deno', FOLDER)), 'run', '-A'],
};

/** Runs the suite in a process of the runtime. The result is an error if the runner fails, hangs or prints other output. */
export async function runInRuntime(
  runtime: Runtime,
  command: Command = COMMANDS[runtime],
): Promise<RuntimeRun> {
  const [file, ...args] = command;
  const runner = fileURLToPath(new URL(`src/runners/${runtime}.ts`, FOLDER));
  try {
    const { stdout } = await promisify(execFile)(file, [...args, runner], {
      cwd: fileURLToPath(FOLDER),
      env: { ...process.env, NO_COLOR: '1', DENO_NO_UPDATE_CHECK: '1' },
      timeout: MAX_RUN_MS,
    });
    return parseReport(runtime, stdout);
  } catch (error) {
    return { runtime, error: describeError(error) };
  }
}

function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const timedOut = 'killed' in error && error.killed === true;
  return timedOut ? `The runner did not exit within ${MAX_RUN_MS / 1000} seconds.` : error.message.trim();
}
